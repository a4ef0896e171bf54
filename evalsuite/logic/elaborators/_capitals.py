"""Read a capital letter that is no constant of the problem as a variable, like Prolog and TPTP.

    problem  ~man(x) | mortal(x)        line  ~man(X) | mortal(X)  [given]

Only a single letter, with digits or not, is read so: `X`, `Y1`. The variable keeps its name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from evalsuite.logic.clauses import Clause, Literal
from evalsuite.logic.proofs import ClauseLine
from evalsuite.logic.sharing import bottom_up
from evalsuite.logic.syntax import Atom, Function, Term, Variable

_CAPITAL = re.compile(r"[A-Z][0-9_']*")


def as_variables(given: Iterable[Clause], lines: Iterable[ClauseLine]) -> Iterator[ClauseLine]:
    """Yield the lines, such constants made variables."""
    known = {name for clause in given for one in clause for name in _capitals(one.atom.args)}
    for line in lines:
        stated = [term for one in line.substitutions for term in one.values()]
        args = [arg for one in line.clause for arg in one.atom.args]
        pivot = () if line.pivot is None else line.pivot.args
        names = set(_capitals([*args, *stated, *pivot])) - known
        yield _renamed(line, names) if names else line


def _capitals(terms: Sequence[Term]) -> Iterator[str]:
    for term in bottom_up(terms) if terms else ():
        if isinstance(term, Function) and not term.args and _CAPITAL.fullmatch(term.name):
            yield term.name


def _renamed(line: ClauseLine, names: set[str]) -> ClauseLine:
    def term(one: Term) -> Term:
        match one:
            case Variable():
                return one
            case Function(name, ()):
                return Variable(name) if name in names else one
            case Function(name, args):
                return Function(name, tuple(map(term, args)))

    def atom(one: Atom) -> Atom:
        return Atom(one.name, tuple(map(term, one.args)))

    return replace(
        line,
        clause=frozenset(
            Literal(atom=atom(one.atom), positive=one.positive) for one in line.clause
        ),
        substitutions=tuple(
            {name: term(value) for name, value in one.items()} for one in line.substitutions
        ),
        pivot=None if line.pivot is None else atom(line.pivot),
    )
