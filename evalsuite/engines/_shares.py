"""Share requests out over replicas: how many a cluster holds, what goes to one, what all did."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from evalsuite.engines._tokens import Tokens
from evalsuite.errors import UserMistake
from evalsuite.records import Json, Request

_SUMMED = frozenset({"computed_tokens", "attended_tokens", "head_rows", "energy_joules"})
_OF_EACH = frozenset({"devices", "peak_flops"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How many replicas there are, and what each holds."""

    replicas: int
    cpus: int  # cores of each
    gpus: int  # devices of each; 0: it computes on its cores


def batches(requests: Iterable[Request], most: int) -> Iterator[tuple[Request, ...]]:
    """Cut requests, which come sorted by token ids, into batches of `most` at most.

    What shares a prefix stays together: a batch ends where two neighbours have the least in common,
    but holds half of `most` at least, unless it is the last. At most `most` + 1 requests are drawn
    before a batch is given.
    """
    source = iter(requests)
    held: list[Request] = []
    while True:
        held += islice(source, most + 1 - len(held))
        if len(held) <= most:
            if held:
                yield tuple(held)
            return
        end = _best_cut(held, range(most, (most - 1) // 2, -1))
        yield tuple(held[:end])
        del held[:end]


def _best_cut(held: Sequence[Request], places: Iterable[int]) -> int:
    """Return the place whose neighbours share the fewest tokens; of equals the first given."""
    return min(places, key=lambda place: _shared(held[place - 1], held[place]))


def _shared(left: Request, right: Request) -> int:
    first, second = _ids(left), _ids(right)
    limit = min(len(first), len(second))
    return next((at for at in range(limit) if first[at] != second[at]), limit)


def _ids(request: Request) -> Tokens:
    return request.prompt.token_ids or ()


def layout(nodes: Sequence[Mapping[str, float]], replicas: int | None, gpus: int) -> Layout:
    """Say what each replica gets of the nodes, each given as its resources (`CPU`, `GPU`).

    Where the cluster has GPUs, a replica gets `gpus` of one node; there are as many as fit unless
    `replicas` says otherwise. Without GPUs there is one a node, and each gets as many cores as
    allows for all of them.

    Raises:
        UserMistake: so many replicas do not fit.

    """
    if any(node.get("GPU", 0) >= 1 for node in nodes):
        room = sum(int(node.get("GPU", 0)) // gpus for node in nodes)
        if not 0 < (wanted := room if replicas is None else replicas) <= room:
            raise UserMistake(
                f"engine `ray`: {_count(max(1, wanted), 'replica')} of"
                f" {_count(gpus, 'GPU')} each: the cluster has room for {room}",
                hint="fewer `replicas`, a smaller `tensor_parallel_size`, or more nodes",
            )
        return Layout(replicas=wanted, cpus=1, gpus=gpus)
    cores = [int(node.get("CPU", 0)) for node in nodes if node.get("CPU", 0) >= 1]
    wanted = len(cores) if replicas is None else replicas
    if not 0 < wanted <= sum(cores):
        raise UserMistake(
            f"engine `ray`: {_count(max(1, wanted), 'replica')}: the cluster has"
            f" {_count(sum(cores), 'core')}",
            hint="fewer `replicas`, or more nodes",
        )
    fitting = (
        each for each in range(max(cores), 0, -1) if sum(node // each for node in cores) >= wanted
    )
    return Layout(replicas=wanted, cpus=next(fitting), gpus=0)


def together(told: Mapping[str, Mapping[str, Json]], replicas: int) -> dict[str, Json]:
    """Return the facts that replicas tell, by replica, as the facts of one engine.

    What they did is summed, and so is how fast they are at best; the time that they worked is the
    mean of those there are at a time. Replicas that died have told what they did until then.
    """
    facts = dict(next(iter(told.values()), {}))
    for name in _SUMMED & facts.keys():
        facts[name] = sum(_number(one.get(name)) for one in told.values())
    for name in _OF_EACH & facts.keys():
        facts[name] = replicas * max(_number(one.get(name)) for one in told.values())
    if "worked_seconds" in facts:
        facts["worked_seconds"] = sum(
            _number(one.get("worked_seconds")) for one in told.values()
        ) / max(1, replicas)
    return facts


def _number(value: Json) -> float | int:
    return value if isinstance(value, int | float) else 0


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
