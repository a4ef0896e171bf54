"""Read a countermodel off an open, complete branch.

An atom is true where the branch says so. A structure's elements are the branch's closed terms; a
function's value for terms that it does not stand before on the branch is the first of them. Of a
Kripke model's worlds the blocked ones are left out: what reaches one reaches its blocker in its
stead; then the relation is closed as the logic asks.
"""

from itertools import product

from evalsuite.logic.flaws import TooLarge
from evalsuite.logic.kripke import WORLDS, Kripke
from evalsuite.logic.provers._branch import Branch, Grower
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import Atom, Function, subterms
from evalsuite.logic.tableau import Logic, World
from evalsuite.logic.writing import show_term

Pair = tuple[World, World]
_ENTRIES = 10_000  # of one function's table


def valuation(grower: Grower, branch: Branch, names: tuple[str, ...]) -> dict[str, bool]:
    """Return the value of each atom; one that the branch does not speak of is false."""
    true = {atom.name for atom, _ in _true_atoms(grower, branch)}
    return {name: name in true for name in names}


def _true_atoms(grower: Grower, branch: Branch) -> list[tuple[Atom, World]]:
    found: list[tuple[Atom, World]] = []
    for number, sign, world in branch.at:
        formula = grower.claims.formulas[number]
        if sign and isinstance(formula, Atom):
            found.append((formula, world))
    return found


# ── structures ──────────────────────────────────────────────────────────────────────────────────


def structure(grower: Grower, branch: Branch, symbols: frozenset[tuple[str, int]]) -> Structure:
    """Return the branch's structure; `symbols` are constants and functions that it must know.

    Raises:
        TooLarge: a function's table is too large.

    """
    terms = tuple(branch.terms) or (grower.claims.constant(None),)
    domain = tuple(map(show_term, terms))
    known = symbols | {
        (one.name, len(one.args))
        for term in terms
        for one in subterms(term)
        if isinstance(one, Function)
    }
    functions: dict[str, dict[tuple[str, ...], str]] = {}
    for name, arity in known:
        if arity:
            if len(domain) ** arity > _ENTRIES:
                raise TooLarge("size")
            functions[name] = dict.fromkeys(product(domain, repeat=arity), domain[0])
    for term in terms:
        if term.args:
            functions[term.name][tuple(map(show_term, term.args))] = show_term(term)
    predicates: dict[str, set[tuple[str, ...]]] = {}
    for atom, _ in _true_atoms(grower, branch):
        predicates.setdefault(atom.name, set()).add(tuple(map(show_term, atom.args)))
    return Structure(
        domain=domain,
        constants={
            name: name if name in domain else domain[0] for name, arity in known if not arity
        },
        functions=functions,
        predicates={name: frozenset(tuples) for name, tuples in predicates.items()},
    )


# ── Kripke models ───────────────────────────────────────────────────────────────────────────────


def kripke(grower: Grower, branch: Branch) -> Kripke:
    """Return the branch's Kripke model, whose first world is the assumptions'.

    Raises:
        TooLarge: it has too many worlds.

    """
    logic = grower.claims.logic
    stands = {world: branch.blockers.get(world, world) for world in branch.worlds}
    worlds = [world for world in branch.worlds if stands[world] == world]
    if len(worlds) > WORLDS:
        raise TooLarge("size")
    names = {world: f"w{number}" for number, world in enumerate(worlds, start=1)}
    steps = {(world[:-1], stands[world]) for world in branch.worlds if len(world) > 1}
    relation = _closure(logic, worlds, steps)
    true: dict[World, set[str]] = {world: set() for world in worlds}
    for atom, place in _true_atoms(grower, branch):
        if place in true:
            true[place].add(atom.name)
    if logic == "intuitionistic":
        for start, end in relation:
            true[end] |= _own(grower, branch, start)
    return Kripke(
        worlds=tuple(names.values()),
        relation=frozenset((names[start], names[end]) for start, end in relation),
        valuation={names[world]: frozenset(true[world]) for world in worlds},
    )


def _own(grower: Grower, branch: Branch, world: World) -> frozenset[str]:
    return frozenset(atom.name for atom, place in _true_atoms(grower, branch) if place == world)


def _closure(logic: Logic, worlds: list[World], steps: set[Pair]) -> set[Pair]:
    """Return the least relation of the logic that has the steps."""
    same = {(world, world) for world in worlds}
    match logic:
        case "classical" | "K":
            return set(steps)
        case "D":
            starts = {start for start, _ in steps}
            return steps | {(world, world) for world in worlds if world not in starts}
        case "T":
            return steps | same
        case "B":
            return steps | same | {(end, start) for start, end in steps}
        case "K4":
            return _transitive(worlds, steps)
        case "S4" | "intuitionistic":
            return _transitive(worlds, steps) | same
        case "S5":
            return {(start, end) for start in worlds for end in worlds}


def _transitive(worlds: list[World], steps: set[Pair]) -> set[Pair]:
    after = {world: {end for start, end in steps if start == world} for world in worlds}
    for middle in worlds:  # Warshall 1962
        for start in worlds:
            if middle in after[start]:
                after[start] |= after[middle]
    return {(start, end) for start in worlds for end in after[start]}
