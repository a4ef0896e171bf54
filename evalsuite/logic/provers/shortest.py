"""Find a refutation with the fewest resolvents, of a small propositional set.

Derivations are searched for in depth, each time allowing one resolvent more. The pairs of premises
come in one order, by the later of the two and then by the earlier: any derivation can be put so.
Nothing is left out by these:

- a resolvent that is a tautology or subsumed by what is there brings nothing;
- a resolvent that is not used yet has to be, and each of its literals takes a step to remove;
- a step uses up two clauses at most, and leaves one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from evalsuite.logic.clauses import Clause
from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.proofs import Given
from evalsuite.logic.provers.derivations import Refuted, refuted
from evalsuite.logic.provers.packed import Packed
from evalsuite.logic.provers.resolution import GaveUp, Saturated, is_propositional, prove
from evalsuite.logic.provers.saturation import Limit, Made, Source, proof


@dataclass(slots=True, kw_only=True)
class _Derivation:
    """A derivation under way: clauses as bits, each with its source."""

    packed: Packed
    limit: int
    clauses: list[int]
    sources: list[Source]
    unused: set[int] = field(default_factory=set)
    steps: int = 0


def shortest(clauses: Sequence[Clause], limit: Limit | None = None) -> Refuted | Saturated | GaveUp:
    """Refute the clauses with as few resolvents as can be, or show that they can all be true.

    Raises:
        Unsupported: the clauses are not propositional.

    """
    if not is_propositional(clauses):
        raise Unsupported("a shortest refutation is searched for propositional clauses alone")
    limit = limit or Limit()
    found = prove(clauses, limit=limit)
    if not isinstance(found, Refuted):
        return found
    packed = Packed(clauses)
    bits, places = _worth(packed, clauses)
    sources: list[Source] = [Given(place) for place in places]
    search = _Derivation(packed=packed, limit=limit.steps, clauses=bits, sources=sources)
    for more in range(_resolvents(found)):
        if _reaches(search, more, (0, 0)):
            goal = len(search.clauses) - 1
            return refuted(proof(packed, search.clauses, search.sources, goal))
        if search.steps > limit.steps:
            return GaveUp(limit="steps")
    return found


def _worth(packed: Packed, clauses: Sequence[Clause]) -> tuple[list[int], list[int]]:
    """Return the clauses that no other subsumes and that are no tautologies, and their places."""
    read = {packed.read(clause): place for place, clause in reversed(list(enumerate(clauses)))}
    kept = {
        one: place
        for one, place in read.items()
        if not packed.is_tautology(one)
        and not any(other != one and packed.subsumes(other, one) for other in read)
    }
    return list(kept), list(kept.values())


def _resolvents(found: Refuted) -> int:
    return sum(line.rule == "resolve" for line in found.lines)


def _reaches(search: _Derivation, more: int, after: tuple[int, int]) -> bool:
    """Say whether the empty clause is reached in so many steps, with pairs that come after this."""
    if not search.clauses[-1]:
        return True
    if more == 0 or search.steps > search.limit or len(search.unused) > more + 1:
        return False
    if any(search.clauses[place].bit_count() > more for place in search.unused):
        return False
    for later in range(after[0], len(search.clauses)):
        for earlier in range(after[1] + 1 if later == after[0] else 0, later):
            search.steps += 1
            if _goes_on(search, more - 1, (later, earlier)):
                return True
    return False


def _goes_on(search: _Derivation, more: int, pair: tuple[int, int]) -> bool:
    """Say whether the empty clause is reached by resolving these two and so many steps more."""
    premises = (search.clauses[place] for place in pair)
    for made, how in search.packed.resolvents(*premises):
        if made.bit_count() > more or any(one & made == one for one in search.clauses):
            continue
        used = search.unused & set(pair)
        search.unused = (search.unused - used) | {len(search.clauses)}
        search.clauses.append(made)
        search.sources.append(Made(how, pair))
        if _reaches(search, more, pair):
            return True
        search.clauses.pop()
        search.sources.pop()
        search.unused = (search.unused - {len(search.clauses)}) | used
    return False
