"""DRUP and LRAT proofs, as SAT solvers write them, made into resolution steps.

    DRUP    1 -2 0           a clause that follows by reverse unit propagation
            d 1 -2 0         forget a clause
    LRAT    9 1 -2 0 4 7 0   the clause 9, and the clauses that propagate, in their order
            9 d 4 7 0        forget clauses

Literals are numbers as in DIMACS: 3 is the atom `x3`. Lines that begin with `c` are comments. A
proof ends with the empty clause, `0`; what comes after it is not read. A RAT step keeps
satisfiability but need not follow, so that it is no step here. Forgetting is never needed: to
forget a clause that is not there is an error in LRAT and nothing in DRUP, as other checkers have
it.

DRUP: Heule, Hunt and Wetzler, *Trimming while checking clausal proofs*, 2013. LRAT: Cruz-Filipe
et al., *Efficient certified RAT verification*, 2017.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from evalsuite.logic.clauses import Clause, show_clause, show_literal
from evalsuite.logic.flaws import (
    CutOff,
    DuplicateNumber,
    ForwardReference,
    NoEmptyClause,
    NoProof,
    NotAConsequence,
    NotUnitPropagation,
    SelfReference,
    TooLarge,
    UnknownReference,
    UnreadableLine,
    Unsupported,
)
from evalsuite.logic.formats.propagation import Derivation, Numbers, Propagation, Room, chain
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.proofs import Step

_NAME = re.compile(r"x([1-9][0-9]{0,8})")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
# What a proof may take for each line that it may have.
_LITERALS = 300
_LOOKS = 1000
_RAT_LOOKS = 50  # once, to tell a RAT step from others

_RAT = "a RAT step: it keeps satisfiability but need not follow"
_NO_TEXT = re.compile(r"[^\t\n\r -~]")


def drup(given: Sequence[Clause], text: str, limits: Limits = DEFAULT) -> tuple[Step, ...]:
    """Read a DRUP proof, and make it steps that end in the empty clause.

    Raises:
        Flaw: the first line that is wrong, or what the proof lacks.
        TooLarge: the text goes beyond the limits.
        Unsupported: it is binary, or the problem's atoms are not `x1`, `x2` ….

    """
    derivation = _begun(limits)
    propagation = Propagation(derivation, Room(_LOOKS * limits.steps, "propagations"))
    kept: dict[frozenset[int], list[int]] = {}
    for index, numbers in enumerate(_numbered(given)):
        step = derivation.give(given[index], index)
        propagation.add(step, numbers)
        kept.setdefault(frozenset(numbers), []).append(step)
    line = None
    for line, words in _lines(_rows(text, limits)):
        derivation.line = line
        forgets = words[0] == "d"
        numbers = _literals(words[1:] if forgets else words, line)
        same = kept.setdefault(frozenset(numbers), [])
        if forgets:
            if same:
                propagation.drop(same.pop())
            continue
        added = propagation.derive(numbers)
        if added is None and not _is_tautology(numbers):
            raise _not_derived(propagation, numbers, line, limits.steps)
        if not numbers:
            return tuple(derivation.steps)
        if added is not None:
            propagation.add(added, numbers)
            same.append(added)
    raise _unfinished(line)


def lrat(given: Sequence[Clause], text: str, limits: Limits = DEFAULT) -> tuple[Step, ...]:
    """Read an LRAT proof, and make it steps that end in the empty clause.

    The problem's clauses are 1, 2, … in their order. The hints are followed exactly.

    Raises:
        Flaw: the first line that is wrong, or what the proof lacks.
        TooLarge: the text goes beyond the limits.
        Unsupported: it is binary, or the problem's atoms are not `x1`, `x2` ….

    """
    derivation = _begun(limits)
    known: dict[int, tuple[int, tuple[int, ...]]] = {}
    for index, numbers in enumerate(_numbered(given)):
        known[index + 1] = (derivation.give(given[index], index), numbers)
    rows = _rows(text, limits)
    hinted = _Hinted(derivation, known, {words[0]: line for line, words in reversed(rows)})
    line = None
    for line, words in _lines(rows):
        derivation.line = line
        if hinted.take(words, line):
            return tuple(derivation.steps)
    raise _unfinished(line)


def _begun(limits: Limits) -> Derivation:
    return Derivation(Room(_LITERALS * limits.steps, "resolution steps"))


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def _numbered(given: Sequence[Clause]) -> Iterator[tuple[int, ...]]:
    """Yield the problem's clauses as numbers."""
    for clause in given:
        numbers = []
        for literal in clause:
            match = _NAME.fullmatch(literal.atom.name)
            if match is None or literal.atom.args:
                raise Unsupported(
                    f"`{show_literal(literal)}`: the atoms of DRUP and LRAT are `x1`, `x2` …"
                )
            numbers.append(int(match[1]) if literal.positive else -int(match[1]))
        yield tuple(sorted(numbers, key=abs))


_Row: TypeAlias = tuple[int, list[str]]


def _rows(text: str, limits: Limits) -> list[_Row]:
    """Return the words of each line that is no comment."""
    within(len(text), limits.characters, "characters")
    if _NO_TEXT.search(text):
        raise Unsupported("this is no text: a binary proof must be written as text first")
    rows = [(at, row.split()) for at, row in enumerate(text.splitlines(), start=1)]
    rows = [(at, words) for at, words in rows if words and words[0] != "c"]
    within(len(rows), limits.steps, "steps")
    return rows


def _lines(rows: Sequence[_Row]) -> Iterator[_Row]:
    """Yield the lines, each of which ends in `0`, without it."""
    for at, words in rows:
        if words[-1] != "0":
            if at == rows[-1][0]:
                raise CutOff("the text ends before the line's `0`", line=at)
            raise UnreadableLine("the line does not end in `0`", line=at)
        yield at, words[:-1] or [""]


def _literals(words: Iterable[str], line: int) -> tuple[int, ...]:
    """Read literals; none of them is 0."""
    numbers = []
    for word in words:
        if word and (not _NUMBER.fullmatch(word) or int(word) == 0):
            raise UnreadableLine(f"expected a literal, found `{word[:20]}`", line=line)
        numbers.extend([int(word)] if word else [])
    return tuple(dict.fromkeys(numbers))


def _is_tautology(numbers: Sequence[int]) -> bool:
    return any(-number in numbers for number in numbers)


def _unfinished(line: int | None) -> NoProof | NoEmptyClause:
    if line is None:
        return NoProof("no line of the text is a step")
    return NoEmptyClause("the proof does not end with the empty clause, `0`", line=line)


# ── DRUP ────────────────────────────────────────────────────────────────────────────────────────


def _not_derived(
    propagation: Propagation, numbers: Sequence[int], line: int, steps: int
) -> NotAConsequence | NotUnitPropagation:
    shown = show_clause(propagation.derivation.clause(numbers))
    propagation.room = Room(_RAT_LOOKS * steps, "propagations")
    is_rat = False
    with suppress(TooLarge):
        is_rat = _is_rat(propagation, numbers)
    if is_rat:
        return NotAConsequence(f"`{shown}` is {_RAT}", line=line)
    return NotUnitPropagation(f"`{shown}` does not follow by unit propagation", line=line)


def _is_rat(propagation: Propagation, numbers: Sequence[int]) -> bool:
    """Say whether each resolvent on the first literal follows by reverse unit propagation."""
    if not numbers:
        return False
    pivot = numbers[0]
    others = [one for one in propagation.clauses.values() if -pivot in one]
    return not any(
        propagation.fails([*numbers, *(number for number in other if number != -pivot)])
        for other in [list(one) for one in others]
    )


# ── LRAT ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Hinted:
    """The clauses of an LRAT proof so far.

    Attributes:
        derivation: the kernel steps so far.
        known: for each clause's number its step and its literals; not those that were forgotten.
        numbers: the line of each number in the whole text.
        used: the numbers that were ever given to a clause.

    """

    derivation: Derivation
    known: dict[int, tuple[int, tuple[int, ...]]]
    numbers: dict[str, int]
    used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.used.update(self.known)

    def take(self, words: list[str], line: int) -> bool:
        """Take a line; say whether it is the empty clause."""
        if not words[0].isdigit() or not _NUMBER.fullmatch(words[0]):
            raise UnreadableLine(f"expected a clause's number, found `{words[0][:20]}`", line=line)
        number = int(words[0])
        if words[1:2] == ["d"]:
            for forgotten in _literals(words[2:], line):
                self._find(forgotten, number, line)
                del self.known[forgotten]
            return False
        if number in self.used:
            raise DuplicateNumber(f"there is a clause {number} already", line=line)
        self.used.add(number)
        if "0" not in words[1:]:
            raise UnreadableLine("the line has no hints, not even their `0`", line=line)
        middle = words.index("0", 1)
        literals = _literals(words[1:middle], line)
        hints = _literals(words[middle + 1 :], line)
        if any(hint < 0 for hint in hints):
            raise NotAConsequence(_RAT, line=line)
        self.known[number] = (self._derived(literals, hints, number, line), literals)
        return not literals

    def _find(self, named: int, number: int, line: int) -> tuple[int, tuple[int, ...]]:
        if named in self.known:
            return self.known[named]
        if named in self.used and named != number:
            raise UnknownReference(f"clause {named} was forgotten", line=line)
        if named == number:
            raise SelfReference("a clause cannot follow from itself", line=line)
        if str(named) in self.numbers:
            raise ForwardReference(f"clause {named} comes only later", line=line)
        raise UnknownReference(f"there is no clause {named}", line=line)

    def _derived(self, literals: Sequence[int], hints: Numbers, number: int, line: int) -> int:
        """Follow the hints to a clause that is false, and cut it with the ones before."""
        true = {-one for one in literals}
        reasons: list[tuple[int, int, Numbers]] = []
        for hint in hints:
            step, clause = self._find(hint, number, line)
            match [one for one in clause if -one not in true]:
                case []:
                    last = chain(self.derivation, (step, clause), reversed(reasons), {})
                    return self.derivation.widen(last, literals)
                case [one] if one not in true:
                    true.add(one)
                    reasons.append((one, step, clause))
                case _:
                    text = f"clause {hint} is neither unit nor false where the hints come to it"
                    raise NotUnitPropagation(text, line=line)
        shown = show_clause(self.derivation.clause(literals))
        if literals and not any(-literals[0] in clause for _, clause in self.known.values()):
            raise NotAConsequence(f"`{shown}` is {_RAT}", line=line)
        raise NotUnitPropagation(f"`{shown}`: its hints come to no clause that is false", line=line)
