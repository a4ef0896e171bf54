"""With which sign names occur in a formula."""

from collections.abc import Iterator

from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
    Xor,
)


def signs(formula: Formula, *, positive: bool) -> Iterator[tuple[str, bool]]:
    """Yield each occurrence of an atom or predicate with its sign; below `<->` it has both."""
    match formula:
        case Atom(name):
            yield name, positive
        case Not(body):
            yield from signs(body, positive=not positive)
        case And(left, right) | Or(left, right):
            yield from signs(left, positive=positive)
            yield from signs(right, positive=positive)
        case Implies(left, right):
            yield from signs(left, positive=not positive)
            yield from signs(right, positive=positive)
        case Forall(_, body) | Exists(_, body) | Box(body) | Diamond(body):
            yield from signs(body, positive=positive)
        case Truth():
            return
        case Iff(left, right) | Xor(left, right):
            for either in (True, False):
                yield from signs(left, positive=either)
                yield from signs(right, positive=either)
