"""One-way unification: instances of terms, variants of clauses, and θ-subsumption.

C is a *variant* of D iff renaming variables, one to one, makes it D. C *subsumes* D iff Cθ ⊆ D for
some substitution θ (Robinson 1965, section 7). Both are searches over which literal becomes which:
the pairs that match are found first; then always the literal with the fewest of them left is
placed, and what its variables become rules out pairs of the others. Literals that share no
variable, directly or through others, are placed apart from each other. Subsumption is NP-complete,
so that the search has a limit.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from evalsuite.logic.clauses import Clause, Literal, show_literal
from evalsuite.logic.flaws import TooLarge
from evalsuite.logic.sharing import Numbering, moving
from evalsuite.logic.syntax import Substitution, Term, Variable, subterms

_Key: TypeAlias = int | str  # of a node: a variable's name, a function term's identity
_Row: TypeAlias = dict[int | str, int | str]  # what one literal's becoming another settles

STEPS = 100_000  # how often two literals or their bindings are compared, at most


def match(pairs: Iterable[tuple[Term, Term]]) -> Substitution | None:
    """Return the substitution that makes each pattern its target, if there is one.

    Variables of the targets are constants here, whatever their names.
    """
    given = tuple(pairs)
    found = bindings(given, Numbering())
    return None if found is None else moving(found)


def bindings(pairs: Iterable[tuple[Term, Term]], numbering: Numbering) -> Substitution | None:
    """Return what `match` does, with an entry for each variable of the patterns."""
    images: dict[_Key, Term] = {}  # a node of a pattern has one image
    waiting = list(pairs)
    while waiting:
        pattern, target = waiting.pop()
        key = pattern.name if isinstance(pattern, Variable) else id(pattern)
        if key in images:
            if not numbering.same(images[key], target):
                return None
            continue
        images[key] = target
        if isinstance(pattern, Variable):
            continue
        if isinstance(target, Variable) or pattern.name != target.name:
            return None
        if len(pattern.args) != len(target.args):
            return None
        waiting.extend(zip(pattern.args, target.args, strict=True))
    return {key: term for key, term in images.items() if isinstance(key, str)}


# ── variants and subsumption ────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Search:
    """What a search has done, and the terms that its rows name by their numbers."""

    steps: int
    numbering: Numbering = field(default_factory=Numbering)

    def step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise TooLarge("too many ways to make one clause of the other")


def subsumes(clause: Clause, other: Clause, *, steps: int = STEPS) -> Substitution | None:
    """Return a substitution that makes the clause a part of the other one, if there is one.

    Raises:
        TooLarge: the search takes more steps.

    """
    targets = _by_predicate(other)
    if not _by_predicate(clause).keys() <= targets.keys():
        return None
    open_ = [literal for literal in _ordered(clause) if _has_variables(literal)]
    if any(literal not in other for literal in clause.difference(open_)):
        return None
    search = _Search(steps)
    tables = [
        [
            row
            for target in _sorted(targets[_predicate(literal)])
            if (row := _row(literal, target, search)) is not None
        ]
        for literal in open_
    ]
    solution: _Row = {}
    for component in _components(tables):
        found = _placed(component, search)
        if found is None:
            return None
        solution |= found
    return moving(_terms(solution, search.numbering))


def variant(clause: Clause, other: Clause, *, steps: int = STEPS) -> Substitution | None:
    """Return a renaming, one to one, that makes the clause the other one, if there is one.

    Raises:
        TooLarge: the search takes more steps.

    """
    if clause == other:
        return {}
    mine, yours = _portraits(clause), _portraits(other)
    if Counter(mine.values()) != Counter(yours.values()):
        return None
    search = _Search(steps)
    targets = defaultdict[object, list[Literal]](list)
    for literal in _ordered(other):
        targets[yours[literal]].append(literal)
    tables = [
        [
            row
            for target in targets[mine[literal]]
            if (row := _one_to_one(_row(literal, target, search))) is not None
        ]
        for literal in _ordered(clause)
    ]
    found = _placed(tables, search)
    return None if found is None else moving(_terms(found, search.numbering))


def _predicate(literal: Literal) -> tuple[str, int, bool]:
    return literal.atom.name, len(literal.atom.args), literal.positive


def _by_predicate(clause: Clause) -> dict[tuple[str, int, bool], list[Literal]]:
    found = defaultdict[tuple[str, int, bool], list[Literal]](list)
    for literal in clause:
        found[_predicate(literal)].append(literal)
    return dict(found)


def _ordered(clause: Clause) -> list[Literal]:
    """Return the literals in an order that is the same in each run."""
    groups = sorted(_by_predicate(clause).items())
    return [literal for _, group in groups for literal in _sorted(group)]


def _sorted(group: list[Literal]) -> list[Literal]:
    """Sort literals of one predicate; to write out a single one would take time for nothing."""
    return sorted(group, key=show_literal) if len(group) > 1 else group


def _has_variables(literal: Literal) -> bool:
    return any(isinstance(one, Variable) for arg in literal.atom.args for one in subterms(arg))


def _row(literal: Literal, target: Literal, search: _Search) -> _Row | None:
    """Return the numbers of the terms that a literal's variables become in another."""
    search.step()
    pairs = zip(literal.atom.args, target.atom.args, strict=True)
    found = bindings(pairs, search.numbering)
    if found is None:
        return None
    return {name: search.numbering.number(term) for name, term in found.items()}


def _one_to_one(row: _Row | None) -> _Row | None:
    """Add what each term comes from, so that rows that agree are one to one together."""
    if row is None or len(set(row.values())) < len(row):
        return None
    return row | {number: name for name, number in row.items()}


def _terms(row: _Row, numbering: Numbering) -> Substitution:
    """Return the substitution that a row stands for, names in order."""
    names = sorted(name for name in row if isinstance(name, str))
    return {name: numbering.terms[int(row[name])] for name in names}


def _components(tables: Sequence[list[_Row]]) -> Iterator[list[list[_Row]]]:
    """Group the tables that share a variable, directly or through others.

    All rows of a table have the same variables; a table without rows is a group of its own.
    """
    keys = [set(table[0]) if table else set() for table in tables]
    where = defaultdict[_Key, list[int]](list)
    for place, names in enumerate(keys):
        for name in names:
            where[name].append(place)
    placed: set[int] = set()
    for start in range(len(tables)):
        component, waiting = [], [start]
        while waiting:
            place = waiting.pop()
            if place not in placed:
                placed.add(place)
                component.append(tables[place])
                waiting.extend(other for name in keys[place] for other in where.pop(name, ()))
        if component:
            yield component


def _placed(tables: list[list[_Row]], search: _Search) -> _Row | None:
    """Choose a row of each table so that all of them agree."""
    states: list[tuple[_Row, list[list[_Row]]]] = [({}, tables)]
    while states:
        settled, left = states.pop()
        narrowed = [[row for row in rows if _agrees(row, settled, search)] for rows in left]
        if not all(narrowed):
            continue
        forced = _joined((rows[0] for rows in narrowed if len(rows) == 1), settled, search)
        if forced is None:
            continue
        rest = sorted((rows for rows in narrowed if len(rows) > 1), key=len, reverse=True)
        if not rest:
            return forced
        tightest = rest.pop()
        agreeing = (row for row in reversed(tightest) if _agrees(row, forced, search))
        states.extend((forced | row, rest) for row in agreeing)
    return None


def _joined(rows: Iterable[_Row], settled: _Row, search: _Search) -> _Row | None:
    """Return what the rows settle together, or `None` where they do not agree."""
    joined = dict(settled)
    for row in rows:
        if not _agrees(row, joined, search):
            return None
        joined |= row
    return joined


def _agrees(row: _Row, settled: _Row, search: _Search) -> bool:
    search.step()
    return all(settled.get(key, value) == value for key, value in row.items())


def _portraits(clause: Clause) -> dict[Literal, object]:
    """Return how each literal looks but for the names of variables.

    That is its own shape, and for each of its variables the shapes it stands in.
    """
    shapes = {literal: _shape(literal) for literal in clause}
    stands = defaultdict[str, list[tuple[object, ...]]](list)
    for shape, names in shapes.values():
        for place, name in enumerate(names):
            stands[name].append((repr(shape), place))
    return {
        literal: (shape, tuple(tuple(sorted(stands[name])) for name in names))
        for literal, (shape, names) in shapes.items()
    }


def _shape(literal: Literal) -> tuple[tuple[object, ...], tuple[str, ...]]:
    """Return the literal's symbols, its variables numbered, and its variables in that order."""
    names: dict[str, int] = {}
    symbols: list[object] = [*_predicate(literal)]
    for arg in literal.atom.args:
        for one in subterms(arg):
            if isinstance(one, Variable):
                symbols.append(names.setdefault(one.name, len(names)))
            else:
                symbols.append((one.name, len(one.args)))
    return tuple(symbols), tuple(names)
