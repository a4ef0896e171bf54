"""DIMACS CNF files: `p cnf VARIABLES CLAUSES`, then numbers, each clause with a 0 at its end.

Variable 3 is the atom `x3`. A line that begins with `c` is a comment; `%` ends the file, as in
SATLIB's. Other atoms are written as variables that are free, with a comment `c x3 = name` each;
a reader passes it over.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from evalsuite.logic.clauses import Clause, Literal
from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.syntax import Atom
from evalsuite.logic.text import complaints
from evalsuite.logic.text.complaints import flaw_at

_BEGIN = re.compile(r"p\s+cnf\b")
_HEAD = re.compile(r"p\s+cnf\s+(\d{1,9})\s+(\d{1,9})\s*")
_ROW = re.compile(r"^[^\S\n]*(?!c(?:\s|\Z))(\S[^\n]*)", re.MULTILINE)  # neither blank nor a comment
_WORD = re.compile(r"\S+")
_LITERAL = re.compile(r"-?[1-9]\d{0,8}")
_VARIABLE = re.compile(r"x([1-9]\d{0,8})")


def read(text: str, limits: Limits = DEFAULT) -> tuple[Clause, ...]:
    """Read clauses.

    Raises:
        TooLarge: the text goes beyond the limits.
        SyntaxFlaw: it is no DIMACS, or has not as many clauses as it says.

    """
    within(len(text), limits.characters, "characters")
    rows = _rows(text)
    first = next(rows, None)
    head = _HEAD.fullmatch(text, *first) if first else None
    if first is None or head is None:
        at = first[0] if first else 0
        raise flaw_at("expected `p cnf VARIABLES CLAUSES`", text, at, 1)
    variables, count = int(head[1]), int(head[2])
    within(count, limits.steps, "clauses")
    clauses: list[Clause] = []
    literals: set[Literal] = set()
    known: dict[str, Literal] = {}
    end = head.end()
    for start, stop in rows:
        for word in _WORD.finditer(text, start, stop):
            end = word.end()
            if word[0] == "0":
                clauses.append(frozenset(literals))
                literals.clear()
                within(len(clauses), limits.steps, "clauses")
                continue
            if word[0] not in known:
                known[word[0]] = _literal(word, text, variables)
            literals.add(known[word[0]])
            within(len(literals), limits.size, "literals in a clause")
    if literals:
        raise flaw_at("the last clause has no 0 at its end", text, end, 1)
    if len(clauses) != count:
        message = f"{len(clauses):,} clauses, but `p cnf` says {count:,}"
        raise flaw_at(message, text, head.start(2), 1)
    return tuple(clauses)


def is_dimacs(text: str) -> bool:
    """Say whether a text begins as DIMACS files do."""
    first = next(_rows(text), None)
    return first is not None and _BEGIN.match(text, *first) is not None


def _rows(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each line that counts begins and ends."""
    for row in _ROW.finditer(text):
        if text[row.start(1)] == "%":
            return
        yield row.span(1)


def _literal(word: re.Match[str], text: str, variables: int) -> Literal:
    found = word[0]
    if not _LITERAL.fullmatch(found):
        shown = complaints.found(text, word.start())
        raise flaw_at(f"expected a number, found {shown}", text, word.start(), 1)
    number = int(found)
    if abs(number) > variables:
        message = f"`p cnf` says that there are {variables:,} variables"
        raise flaw_at(message, text, word.start(), 1)
    return Literal(atom=Atom(f"x{abs(number)}"), positive=number > 0)


def write(clauses: Sequence[Clause]) -> str:
    """Write propositional clauses; a comment names each variable that is not `x` and its number.

    Raises:
        Unsupported: an atom has arguments.

    """
    atoms = sorted({one.atom.name for clause in clauses for one in clause})
    if any(one.atom.args for clause in clauses for one in clause):
        raise Unsupported("DIMACS has propositional atoms alone")
    numbers = _numbers(atoms)
    lines = [f"c x{numbers[name]} = {name}" for name in atoms if f"x{numbers[name]}" != name]
    lines.append(f"p cnf {max(numbers.values(), default=0)} {len(clauses)}")
    for clause in clauses:
        signed = (numbers[one.atom.name] * (1 if one.positive else -1) for one in clause)
        lines.append(" ".join(map(str, [*sorted(signed, key=lambda one: (abs(one), one)), 0])))
    return "\n".join(lines) + "\n"


def _numbers(atoms: Iterable[str]) -> dict[str, int]:
    """Number the atoms: `x3` is 3, the others get the least numbers that are left."""
    numbers = {name: int(found[1]) for name in atoms if (found := _VARIABLE.fullmatch(name))}
    taken, last = frozenset(numbers.values()), 0
    for name in atoms:
        if name not in numbers:
            last += 1
            while last in taken:
                last += 1
            numbers[name] = last
    return numbers
