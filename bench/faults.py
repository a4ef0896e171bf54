"""What becomes of a run that is killed, starved, disturbed or damaged: counted, fault by fault.

    python bench/faults.py                       all of them, as docs/reliability.md has them
    python bench/faults.py kill-ask --count 50
    python bench/faults.py --real 20             SIGKILL of a real model's run, by the real engine

Each try does something to a run of two small tasks by the baselines, goes on with the same run and
compares it with one that nothing happened to. Of the answers that were acknowledged, `lost` are no
longer there in the end and `doubled` were asked or kept twice; `undetected` is damage that changed
what is read, and that nothing named. The exit status is 1 if any of these is not 0.
"""

import argparse
import csv
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from evalsuite import leaderboard, ledger, paths, stops, store
from evalsuite.errors import EvalsuiteError, RunMistake
from evalsuite.plan import Options, Subject
from evalsuite.records import LogLikelihoods, Response, Settings
from evalsuite.store import _rows as tables

TASKS = {
    "suites/small": "tasks: [follows, closes]\nbaselines: [random, majority, solver]\n"
    "description: [true, false]\n",
    "entailment/follows": "family: entailment\nsize: 10\nseed: 3\ntemplate: entailment\n",
    "branch-closure/closes": "family: branch-closure\nsize: 7\nseed: 3\n"
    "template: branch-closure\nanswer: generate\n",
}
ASKED = (10 + 7) * 2 * 3  # questions × descriptions × baselines
FILES = ("run.sqlite", "run.sqlite-wal", ledger.FILE, "manifest.json")
NOBODY = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the tries of one fault."""

    tried: int = 0
    lost: int = 0
    doubled: int = 0
    undetected: int = 0
    note: str = ""

    def __add__(self, other: "Tally") -> "Tally":
        """Sum two tallies."""
        return Tally(
            tried=self.tried + other.tried,
            lost=self.lost + other.lost,
            doubled=self.doubled + other.doubled,
            undetected=self.undetected + other.undetected,
            note=self.note or other.note,
        )

    @property
    def good(self) -> bool:
        """Say whether nothing was lost, doubled or missed."""
        return not (self.lost or self.doubled or self.undetected)


@dataclass(slots=True)
class Heard:
    """A listener that passes on which answers were acknowledged."""

    at_step: Callable[[str], None] = field(default=lambda _key: None)

    def say(self, text: str) -> None:
        """Hear nothing."""

    def warn(self, text: str) -> None:
        """Hear nothing."""

    def begin(self, subject: Subject, total: int, done: int) -> None:
        """Hear nothing."""

    def step(self, subject: Subject, response: Response) -> None:  # noqa: ARG002
        """Hear of an answer that is kept."""
        self.at_step(response.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The run that nothing happens to, and where the others take place."""

    home: Path
    options: Options
    name: str
    board: str  # of the run that nothing happened to, without the columns of time
    seconds: float  # that it took

    def at(self, number: int) -> Options:
        """Return the options of one try, in a results folder of its own."""
        return replace(self.options, results=self.home / f"try-{number}")

    def folder(self, options: Options) -> Path:
        """Return a try's run folder."""
        return options.results / "runs" / self.name


@contextmanager
def world() -> Iterator[World]:
    """Make a folder with the small tasks, and do their run once."""
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        home = Path(name)
        home.chmod(0o755)
        for file, text in TASKS.items():
            path = home / "tasks" / f"{file}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"about: a thing to be disturbed\n{text}", encoding="utf-8")
        options = Options(
            suite="small",
            engine="transformers",  # of no model: nothing is loaded
            settings=Settings(),
            results=home / "whole",
            task_folders=(home / "tasks",),
            prompt_folders=(paths.shipped("prompts"),),
        )
        stops.run(options, Heard())
        again = replace(options, results=home / "again")
        began = time.monotonic()
        finished = stops.run(again, Heard())
        yield World(
            home=home,
            options=options,
            name=finished.name,
            board=timeless(again.results),
            seconds=time.monotonic() - began,
        )


def timeless(results: Path) -> str:
    """Return a leaderboard without the columns of time."""
    text = (results / "leaderboard.csv").read_text(encoding="utf-8")
    header, *lines = csv.reader(text.splitlines())
    kept = [at for at, name in enumerate(header) if name not in leaderboard.TIME_COLUMNS]
    return "\n".join(",".join(line[at] for at in kept) for line in (header, *lines))


# ── processes ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A forked process that tells, a line each, which answers were acknowledged."""

    pid: int
    reader: int

    def end(self, kill_after: float | None = None) -> list[str]:
        """Wait for its end, which may be SIGKILL; return what it told."""
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(self.pid, signal.SIGKILL)
        with os.fdopen(self.reader, "rb") as told:
            lines = told.read().decode().split("\n")
        os.waitpid(self.pid, 0)
        return lines[:-1]  # the last is empty, or cut


def forked(work: Callable[[Callable[[str], None]], object]) -> Child:
    """Do the work in a forked process."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            work(partial(_tell, writer))
            os._exit(0)
        except EvalsuiteError as error:
            os.write(writer, f"error {type(error).__name__} {error.message}\n".encode())
            os._exit(3)
        finally:
            os._exit(1)
    os.close(writer)
    return Child(pid=pid, reader=reader)


def _tell(writer: int, key: str) -> None:
    os.write(writer, f"{key}\n".encode())


def running(options: Options) -> Child:
    """Do a run in a forked process."""
    return forked(lambda tell: stops.run(options, Heard(tell)))


def acknowledged(told: list[str]) -> set[str]:
    """Return the keys among the lines of a child."""
    return {line for line in told if line and " " not in line}


def goes_on(world: World, options: Options, before: set[str]) -> Tally:
    """Go on with a run, and hold it against the one that nothing happened to."""
    folder = world.folder(options)
    there: frozenset[str] = frozenset()
    if folder.is_dir() and (folder / "run.sqlite").is_file():
        with store.opened(folder, create=False) as kept:
            there = kept.answered()
    finished = stops.run(options, Heard())
    with store.opened(folder, create=False) as kept:
        answered = len(kept.responses())
        spells = kept.spells()
    twice = sum(spell.answered for spell in spells) - ASKED + (len(there) + finished.asked - ASKED)
    assert all(spell.seconds >= 0 for spell in spells)
    same = timeless(options.results) == world.board
    return Tally(
        tried=1,
        lost=len(before - there) + (ASKED - answered),
        doubled=abs(twice),
        undetected=int(not same),
    )


# ── killed ──────────────────────────────────────────────────────────────────────────────────────


def kill_ask(world: World, rng: random.Random, number: int) -> Tally:
    """SIGKILL at a random moment of a run, from its plan to its leaderboard."""
    options = world.at(number)
    told = running(options).end(kill_after=rng.uniform(0, 1.05 * world.seconds))
    return goes_on(world, options, acknowledged(told))


def kill_store(world: World, rng: random.Random, number: int) -> Tally:
    """SIGKILL while answers are stored as fast as they can be."""
    folder = world.home / f"store-{number}"

    def add(tell: Callable[[str], None]) -> None:
        with store.opened(folder, create=True) as kept:
            spell = kept.begin("some", "random", {})
            for count in range(100_000):
                key = f"{count:08x}"
                kept.add(spell, LogLikelihoods(key=key, values=(-1.0, -2.0)), count / 1000)
                tell(key)

    before = acknowledged(forked(add).end(kill_after=rng.uniform(0, 0.08)))
    if not folder.is_dir():
        return Tally(tried=1)
    with store.opened(folder, create=True) as kept:
        responses, audit = kept.responses(), kept.audit()
        spell = kept.begin("some", "random", {})
        for key in before:  # answered once more, and otherwise: the first answer stands
            kept.add(spell, LogLikelihoods(key=key, values=(-3.0, -4.0)), 0.0)
        again = kept.responses()
    bad = audit.database or any(audit.changed.values()) or audit.spoiled
    return Tally(
        tried=1,
        lost=len(before - set(responses)),
        doubled=_lines(folder) - len(responses),
        undetected=int(bool(bad) or again != responses or len(responses) > len(before) + 1),
    )


def _lines(folder: Path) -> int:
    """Return how many answers a run's second copy has."""
    copy = ledger.Ledger(folder / ledger.FILE)
    copy.close()
    return sum(line.cells[0] == "responses" for line in copy.lines())


def kill_score(world: World, rng: random.Random, number: int) -> Tally:
    """SIGKILL while a stored run is judged again and again."""
    options = world.at(number)
    stops.run(options, Heard())
    folder = world.folder(options)

    def judge(_tell: Callable[[str], None]) -> None:
        while True:
            stops.score(folder, options.results, print)

    forked(judge).end(kill_after=rng.uniform(0, 0.1))
    return _posted_whole(world, options)


def kill_post(world: World, rng: random.Random, number: int) -> Tally:
    """SIGKILL while leaderboards of several sizes are written over each other."""
    options = world.at(number)
    finished = stops.run(options, Heard())
    sizes = [rng.randint(1, 40) for _ in range(50)]

    def post(_tell: Callable[[str], None]) -> None:
        while True:
            for size in sizes:
                stops.post(options.results, finished.folder, finished.rows * size, print)

    forked(post).end(kill_after=rng.uniform(0, 0.05))
    return _posted_whole(world, options)


def _posted_whole(world: World, options: Options) -> Tally:
    torn = 0
    for place in (options.results, world.folder(options)):
        rows = len(leaderboard.read(place / "leaderboard.csv"))
        torn += rows % (world.board.count("\n")) != 0
    tally = goes_on(world, options, set())
    return replace(tally, undetected=tally.undetected + torn)


def kill_upgrade(world: World, rng: random.Random, number: int) -> Tally:
    """SIGKILL at a random row, while a store of before there were checksums is given them."""
    options = world.at(number)
    stops.run(options, Heard())
    folder = world.folder(options)
    (folder / ledger.FILE).unlink()
    with sqlite3.connect(folder / "run.sqlite") as database:
        for table in ("questions", "spells", "responses"):
            database.execute(f"ALTER TABLE {table} DROP COLUMN sha256")
        database.execute("PRAGMA user_version = 3")
        database.execute("PRAGMA application_id = 0")
        keys = {key for (key,) in database.execute("SELECT key FROM responses")}
    database.close()
    left = rng.randint(1, 2 * ASKED + 3)
    sealed = tables.sealed  # in the middle of the upgrade

    def upgrade(tell: Callable[[str], None]) -> None:
        def striking(table: str, *row: object) -> tuple[object, ...]:
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            return sealed(table, *row)

        tables.sealed = striking
        with store.opened(folder, create=False):
            tell("opened")

    if told := forked(upgrade).end():
        message = f"not killed in the middle of the upgrade: {told}"
        raise RuntimeError(message)
    return goes_on(world, options, keys)


# ── no room, no leave, no peace ─────────────────────────────────────────────────────────────────


def file_limit(world: World, rng: random.Random, number: int) -> Tally:
    """No file may grow over a random size (RLIMIT_FSIZE): every kind of write may fail."""
    options = world.at(number)
    most = rng.randint(1, 400_000)

    def starve(tell: Callable[[str], None]) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        stops.run(options, Heard(tell))

    return _ended_clearly(forked(starve).end(), world, options)


def disk_full(world: World, rng: random.Random, number: int) -> Tally:
    """The results folder is a tmpfs of a random small size; later it has room."""
    options = world.at(number)
    options.results.mkdir()
    size = rng.randrange(8, 600, 4)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(options.results)]
    subprocess.run(mount, check=True)
    try:
        told = running(options).end()
        more = ["mount", "-o", "remount,size=64m", str(options.results)]
        subprocess.run(more, check=True)
        return _ended_clearly(told, world, options)
    finally:
        subprocess.run(["umount", str(options.results)], check=True)  # noqa: S607


def read_only(world: World, rng: random.Random, number: int) -> Tally:
    """The results folder cannot be written: from the start, or from a random answer on."""
    options = world.at(number)
    folder = world.folder(options)
    folder.mkdir(parents=True)
    at = rng.randint(0, ASKED)

    def deny(tell: Callable[[str], None]) -> None:
        if os.geteuid() == 0:
            for place in (options.results, folder.parent, folder):
                os.chown(place, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        _allow(options.results, folder, allowed=at > 0)
        seen = 0

        def count(key: str) -> None:
            nonlocal seen
            seen += 1
            tell(key)
            if seen == at:
                _allow(options.results, folder, allowed=False)

        stops.run(options, Heard(count))

    told = forked(deny).end()
    _allow(options.results, folder, allowed=True)
    return _ended_clearly(told, world, options, must_fail=True)


def _allow(*folders: Path, allowed: bool) -> None:
    for folder in folders:
        folder.chmod(0o755 if allowed else 0o555)


def _ended_clearly(
    told: list[str], world: World, options: Options, *, must_fail: bool = False
) -> Tally:
    """Count what a process that could not write has told, and go on."""
    errors = [line for line in told if line.startswith("error ")]
    clear = all("RunMistake" in line and "cannot be written" in line for line in errors)
    ended = bool(errors) or (not must_fail and (options.results / "leaderboard.csv").is_file())
    tally = goes_on(world, options, acknowledged(told))
    return replace(tally, undetected=tally.undetected + int(not (clear and ended)))


def two_at_once(world: World, rng: random.Random, number: int) -> Tally:
    """The same run twice at the same time: one of them is refused, or comes after the other."""
    options = world.at(number)
    first = running(options)
    time.sleep(rng.uniform(0, world.seconds))
    second = running(options)
    told = [*first.end(), *second.end()]
    errors = [line for line in told if line.startswith("error ")]
    refused = all("another process is at work" in line for line in errors)
    keys = [line for line in told if line and " " not in line]
    tally = goes_on(world, options, set(keys))
    return replace(
        tally,
        doubled=tally.doubled + len(keys) - len(set(keys)),
        undetected=tally.undetected + int(not refused or len(errors) > 1),
    )


def two_post(world: World, rng: random.Random, number: int) -> Tally:
    """Two other runs end in one results folder at the same time: both are in its leaderboard."""
    options = world.at(number)
    others = [replace(options, limit=limit) for limit in (2, 3)]
    children = []
    for one in others:
        children.append(running(one))
        time.sleep(rng.uniform(0, 0.02))
    for child in children:
        child.end()
    rows = leaderboard.read(options.results / "leaderboard.csv")
    return Tally(tried=1, lost=len(others) - len({row.run for row in rows}))


def clock_jumps(world: World, rng: random.Random, number: int) -> Tally:
    """The wall clock jumps by up to ten years at each answer, and so do the files' times."""
    options = world.at(number)
    years = 10 * 365 * 86_400

    def jump(tell: Callable[[str], None]) -> None:
        def jumped(key: str) -> None:
            off = rng.uniform(-years, years)
            time.time = lambda: 1.8e9 + off
            time.time_ns = lambda: int((1.8e9 + off) * 1e9)
            tell(key)

        stops.run(options, Heard(jumped))

    told = forked(jump).end(kill_after=rng.uniform(0, 1.05 * world.seconds))
    for path in options.results.rglob("*"):
        then = 1.8e9 + rng.uniform(-years, years)
        os.utime(path, (then, then))
    return goes_on(world, options, acknowledged(told))


# ── damaged ─────────────────────────────────────────────────────────────────────────────────────


def truncated(world: World, rng: random.Random, number: int) -> Tally:
    """One of a run's files, killed or closed, is cut at a random length."""

    def cut(path: Path) -> None:
        os.truncate(path, rng.randrange(path.stat().st_size + 1))

    return _damaged(world, rng, number, cut)


def flipped(world: World, rng: random.Random, number: int) -> Tally:
    """Up to eight bits of one of a run's files, killed or closed, are flipped."""

    def flip(path: Path) -> None:
        content = bytearray(path.read_bytes())
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)

    return _damaged(world, rng, number, flip)


def _damaged(
    world: World, rng: random.Random, number: int, damage: Callable[[Path], None]
) -> Tally:
    options = world.at(number)
    folder = world.folder(options)
    _killed_at_the_end(world, options)
    if rng.getrandbits(1):
        with store.opened(folder, create=False):  # at its end, all is in one file
            pass
    with _copied(folder) as copy, store.opened(copy, create=False) as kept:
        whole = _content(kept)
    names = [name for name in FILES if (folder / name).is_file()]
    damage(folder / rng.choice(names))
    undetected = 0
    try:
        with store.opened(folder, create=False) as kept:
            restored, audit, found = kept.restored, kept.audit(), _content(kept)
        named = bool(restored or audit.spoiled or audit.manifest is False)
        undetected = int(found != whole and not named)
        if audit.manifest is False:
            store.mend(folder)
    except RunMistake:
        store.mend(folder)
    tally = goes_on(world, options, whole.responses)
    return replace(tally, undetected=tally.undetected + undetected)


def _killed_at_the_end(world: World, options: Options) -> None:
    """Leave a run as SIGKILL at its last answer leaves it: with SQLite's log."""
    seen = 0

    def strike(_key: str) -> None:
        nonlocal seen
        seen += 1
        if seen == ASKED:
            os.kill(os.getpid(), signal.SIGKILL)

    forked(lambda _tell: stops.run(options, Heard(strike))).end()
    assert (world.folder(options) / "run.sqlite-wal").is_file()


@contextmanager
def _copied(folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(shutil.copytree(folder, Path(name) / folder.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that is read of a store."""

    responses: set[str]
    told: tuple[object, ...]


def _content(kept: store.Store) -> Content:
    responses = kept.responses()
    told = responses, list(kept.questions()), kept.spells(), kept.manifest()
    return Content(responses=set(responses), told=told)


# ── the real engine ─────────────────────────────────────────────────────────────────────────────


def real(count: int, rng: random.Random) -> Tally:
    """SIGKILL a run of the embedded model by the preferred engine at random moments."""
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        home = Path(name)
        words = [
            *(sys.executable, "-m", "evalsuite", "run", "quick", "--quiet", "--no-baselines"),
            *("--model", "smollm2-135m-instruct", "--limit", "25", "--results"),
        ]
        began = time.monotonic()
        subprocess.run([*words, str(home / "whole")], check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - began
        board, total, notes = timeless(home / "whole"), Tally(), 0
        for number in range(count):
            results = home / f"try-{number}"
            process = subprocess.Popen(
                [*words, str(results)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            with suppress(subprocess.TimeoutExpired):
                process.wait(rng.uniform(0, seconds))
            process.kill()
            process.wait()
            before = _rows(results)
            again = [*words, str(results), "--json"]
            told = subprocess.run(again, check=True, stdout=subprocess.PIPE).stdout
            after = _rows(results)
            whole = _rows(home / "whole")
            total += Tally(
                tried=1,
                lost=len(before.items() - after.items()) + len(whole.keys() - after.keys()),
                doubled=max(0, len(before) + json.loads(told)["asked"] - len(whole)),
            )
            notes += timeless(results) == board
            print(f"{number + 1} of {count}: {len(before)} answers kept", file=sys.stderr)
        return replace(total, note=f"{notes} of {count} leaderboards the same to the byte")


def _rows(results: Path) -> Mapping[str, str]:
    """Return the SHA-256 of each answer that a run's folder has, by its key."""
    for path in results.glob("runs/*/run.sqlite"):
        with store.opened(path.parent, create=False):
            pass  # what only the ledger has is put back
        with sqlite3.connect(path) as database:
            found = dict(database.execute("SELECT key, sha256 FROM responses").fetchall())
        database.close()
        return found
    return {}


# ── command line ────────────────────────────────────────────────────────────────────────────────

Fault = Callable[[World, random.Random, int], Tally]
FAULTS: Mapping[str, tuple[Fault, int]] = MappingProxyType(
    {
        "kill-ask": (kill_ask, 400),
        "kill-store": (kill_store, 200),
        "kill-score": (kill_score, 200),
        "kill-post": (kill_post, 200),
        "kill-upgrade": (kill_upgrade, 200),
        "file-limit": (file_limit, 200),
        "disk-full": (disk_full, 100),
        "read-only": (read_only, 100),
        "two-at-once": (two_at_once, 100),
        "two-post": (two_post, 100),
        "clock-jumps": (clock_jumps, 100),
        "truncated": (truncated, 300),
        "flipped": (flipped, 300),
    }
)


def tries(name: str, count: int, seed: int) -> Tally:
    """Try a fault so many times; each with random numbers of its own."""
    fault, _ = FAULTS[name]
    total = Tally()
    with world() as made:
        for number in range(count):
            total += fault(made, random.Random(f"{name} {seed} {number}"), number)
            for used in made.home.glob(f"*-{number}"):
                shutil.rmtree(used, ignore_errors=True)
    return total


def can_mount() -> bool:
    """Say whether a tmpfs can be mounted in a name space of our own."""
    return _in_own_mounts(["true"]) == 0


def _in_own_mounts(command: list[str]) -> int:
    try:
        wrapped = ["unshare", "--map-root-user", "--mount", *command]
        return subprocess.run(wrapped, check=False, stderr=subprocess.DEVNULL).returncode
    except OSError:
        return 1


def main() -> int:
    """Try the faults that are named, or all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("fault", nargs="*", choices=[[], *FAULTS], help="which; all by default")
    parser.add_argument("--count", type=int, help="tries of each; by default what the page has")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real", type=int, metavar="N", help="only: kill the real engine N times")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    named = {} if given.real else {name: FAULTS[name] for name in given.fault or FAULTS}
    if not given.inside:
        print("| fault | what is done | tried | lost | doubled | undetected |")
        print("|---|---|---:|---:|---:|---:|", flush=True)
    good = True
    for name, (fault, usual) in named.items():
        count = given.count or usual
        if name == "disk-full" and not given.inside:
            if not can_mount():
                print(f"| `{name}` | not tried: no tmpfs can be mounted here | 0 | | | |")
                continue
            words = [name, "--count", str(count), "--seed", str(given.seed), "--inside"]
            good &= _in_own_mounts([sys.executable, __file__, *words]) == 0
            continue
        good &= _print(name, fault.__doc__ or "", tries(name, count, given.seed))
    if given.real:
        tally = real(given.real, random.Random(given.seed))
        good = _print("--real", real.__doc__ or "", tally)
    return 0 if good else 1


def _print(name: str, about: str, tally: Tally) -> bool:
    what = about.partition("\n")[0].rstrip(".") + (f"; {tally.note}" if tally.note else "")
    counts = (tally.tried, tally.lost, tally.doubled, tally.undetected)
    print(f"| `{name}` | {what} | {' | '.join(map(str, counts))} |", flush=True)
    return tally.good


if __name__ == "__main__":
    sys.exit(main())
