"""What computes, how fast it is at best, what it has spent: for the engines that compute here.

The peak is that of the accelerator's datasheet where the table of `estimate` has the device and the
numbers are of 16 bits, else that of a matrix product measured here, in the numbers in use. Energy
is what the device's own counter tells: NVML's for NVIDIA GPUs, Intel's RAPL for the processor's
packages; all that the device does meanwhile counts, whoever it does it for.
"""

import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalsuite import estimate
from evalsuite.records import Json

_MEASURE = 0.2  # seconds that a peak is measured for
_LARGEST = 8192  # rows of the matrices, where a smaller product is over too soon to be timed
_SMALLEST = 1024
_LONG_ENOUGH = 0.004  # seconds of one product
_COPIED = 1 << 28  # bytes; more than the caches hold
_SAMPLE = 20.0  # seconds; a counter of RAPL goes round in some minutes
_RAPL = Path("/sys/class/powercap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What an engine computes on."""

    kind: str  # as torch calls it: `cpu`, `cuda` or `cuda:1`
    name: str
    count: int = 1  # how many of them work together


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How fast a device is at best, and what says so."""

    value: float  # FLOP/s, or bytes/s
    source: str


def described(kind: str | None = None, count: int = 1) -> Device:
    """Describe a device; None: the one of choice, the GPU where there is one, else the processor.

    A processor is one device, however many processes share it.
    """
    import torch  # noqa: PLC0415

    kind = kind or ("cuda" if torch.cuda.is_available() else "cpu")
    if kind.startswith("cuda"):
        return Device(kind=kind, name=torch.cuda.get_device_name(kind), count=count)
    return Device(kind=kind, name=processor())


def processor(listing: Path = Path("/proc/cpuinfo")) -> str:
    """Return what the processor calls itself."""
    try:
        lines = listing.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def peak(on: Device, dtype: str) -> Rate | None:
    """Return the FLOP/s of all the devices at best, in numbers of this dtype.

    Takes about half a second where it has to be measured; None: it could not be.
    """
    known = estimate.of_device(on.name)
    if known is not None and dtype in known.dtypes:
        return Rate(value=known.peak_flops * on.count, source=f"table: {known.name}, 16 bits")
    measured = _quietly(lambda: _matmul_rate(on.kind, dtype))
    if measured is None:
        return None
    return Rate(value=measured * on.count, source=f"measured: matrix product in {dtype}")


def bandwidth(on: Device) -> Rate | None:
    """Return the bytes/s of all the devices' memories at best; None: it could not be measured."""
    known = estimate.of_device(on.name)
    if known is not None:
        return Rate(value=known.bandwidth * on.count, source=f"table: {known.name}")
    measured = _quietly(lambda: _copy_rate(on.kind))
    if measured is None:
        return None
    return Rate(value=measured * on.count, source="measured: copy")


def _quietly(measure: Callable[[], float]) -> float | None:
    # The answers are given: no memory left for a measurement must not spoil them.
    try:
        return measure()
    except (RuntimeError, MemoryError, TypeError):
        return None


def _matmul_rate(kind: str, dtype: str) -> float:
    """Return the FLOP/s of the fastest of some products of square matrices: 2n³ each."""
    import torch  # noqa: PLC0415

    numbers = getattr(torch, dtype)
    with torch.inference_mode():
        rows = _SMALLEST
        while True:
            left, right, out = (
                torch.ones((rows, rows), dtype=numbers, device=kind) for _ in range(3)
            )

            def product(left: Any = left, right: Any = right, out: Any = out) -> None:
                torch.mm(left, right, out=out)

            _timed(product, kind)  # the first chooses its kernel
            if _timed(product, kind) >= _LONG_ENOUGH or rows == _LARGEST:
                return float(2 * rows**3) / _fastest(product, kind)
            rows *= 2


def _copy_rate(kind: str) -> float:
    """Return the bytes/s of the fastest of some copies: each byte is read and written."""
    import torch  # noqa: PLC0415

    with torch.inference_mode():
        source = torch.ones(_COPIED, dtype=torch.uint8, device=kind)
        target = torch.zeros_like(source)

        def copy() -> None:
            target.copy_(source)

        return 2.0 * _COPIED / _fastest(copy, kind)


def _fastest(work: Callable[[], object], kind: str) -> float:
    # Under load a mean of so short a time says nothing; the fastest still comes near the peak.
    until = time.perf_counter() + _MEASURE
    best = _timed(work, kind)
    while time.perf_counter() < until:
        best = min(best, _timed(work, kind))
    return best


def _timed(work: Callable[[], object], kind: str) -> float:
    import torch  # noqa: PLC0415

    started = time.perf_counter()
    work()
    if kind.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter() - started


# ── energy ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counter:
    """A counter of joules that only grows, but for going round at its `top`."""

    source: str
    read: Callable[[], float]
    top: float | None


def _counters(on: Device) -> tuple[_Counter, ...]:
    return _nvml_counters(on) if on.kind.startswith("cuda") else tuple(_rapl_counters(_RAPL))


def _rapl_counters(folder: Path) -> Iterator[_Counter]:
    """Yield the packages' counters (`intel-rapl:0`); what is within a package is counted in it."""
    for zone in sorted(folder.glob("intel-rapl:*")):
        if zone.name.count(":") > 1:
            continue
        try:
            top = int((zone / "max_energy_range_uj").read_text(encoding="ascii")) / 1e6
            int((zone / "energy_uj").read_text(encoding="ascii"))
        except (OSError, ValueError):  # only root may read it, since CVE-2020-8694
            continue

        def read(file: Path = zone / "energy_uj") -> float:
            return int(file.read_text(encoding="ascii")) / 1e6

        yield _Counter(source="RAPL", read=read, top=top)


def _nvml_counters(on: Device) -> tuple[_Counter, ...]:
    """Return a counter for each GPU that is computed on, where NVML has one."""
    try:
        import pynvml  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415
        import torch  # noqa: PLC0415

        pynvml.nvmlInit()
        handles = [
            pynvml.nvmlDeviceGetHandleByUUID(
                f"GPU-{torch.cuda.get_device_properties(index).uuid}".encode()
            )
            for index in _indices(on)
        ]
        for handle in handles:
            pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)
    except Exception:  # noqa: BLE001 - absent, too old, or refused: then there is no figure
        return ()

    def counter(handle: Any) -> _Counter:
        def read() -> float:
            return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1e3

        return _Counter(source="NVML", read=read, top=None)

    return tuple(map(counter, handles))


def _indices(on: Device) -> range:
    first = int(on.kind.partition(":")[2] or 0)
    return range(first, first + on.count)


def spent(before: float, after: float, top: float | None) -> float:
    """Return the joules between two readings of a counter, which may have gone round once."""
    return after - before + (top if after < before and top is not None else 0.0)


# ── what an engine keeps count of ───────────────────────────────────────────────────────────────


class Meter:
    """What an engine has done since it was started, for its facts."""

    def __init__(self, on: Device, dtype: str) -> None:
        self._on = on
        self._dtype = dtype
        self._worked = 0.0
        self._work = estimate.Work()
        self._peak: Rate | None = None
        self._counters = _counters(on)
        self._readings = [one.read() for one in self._counters]
        self._sampled = time.monotonic()
        self._joules = 0.0
        self._finished = False

    @contextmanager
    def working(self) -> Iterator[None]:
        """Count the time within as the model's own work."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._worked += time.perf_counter() - started
        if self._counters and time.monotonic() - self._sampled > _SAMPLE:
            self._sample()

    def begin(self) -> None:
        """Count energy from now on: what the model's loading took is not for its answers."""
        self._readings = [one.read() for one in self._counters]

    def count(self, work: estimate.Work) -> None:
        """Count work that is done."""
        self._work += work

    def finish(self) -> None:
        """Read the counters, and find the peak if it is not known yet."""
        self._sample()
        if not self._finished:
            self._peak = peak(self._on, self._dtype)
        self._finished = True

    def _sample(self) -> None:
        now = [one.read() for one in self._counters]
        self._joules += sum(
            spent(before, after, one.top)
            for one, before, after in zip(self._counters, self._readings, now, strict=True)
        )
        self._readings = now
        self._sampled = time.monotonic()

    @property
    def facts(self) -> Mapping[str, Json]:
        """The device; and once all is answered, what that took."""
        found: dict[str, Json] = {"device_name": self._on.name, "devices": self._on.count}
        if not self._finished:
            return found
        found |= {
            "worked_seconds": self._worked,
            "computed_tokens": self._work.computed,
            "attended_tokens": self._work.attended,
            "head_rows": self._work.rows,
        }
        if self._peak is not None:
            found |= {"peak_flops": self._peak.value, "peak_source": self._peak.source}
        if self._counters:
            found |= {"energy_joules": self._joules, "energy_source": self._counters[0].source}
        return found
