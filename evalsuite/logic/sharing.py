"""Terms that share their parts, taken node by node.

A term may be small in memory and exponentially large when it is written out. Here every node is
visited once, without recursion; `==`, `hash` and `syntax.apply` write terms out. `size` says
beforehand how large a term is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from evalsuite.logic.syntax import Function, Substitution, Term, Variable


def bottom_up(terms: Iterable[Term], seen: set[int] | None = None) -> Iterator[Term]:
    """Yield every node of the terms once, arguments before what they stand in.

    Nodes whose identity is in `seen` are left out, with all below them; it grows by those yielded.
    """
    seen = set() if seen is None else seen
    waiting = [(term, False) for term in terms]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            if isinstance(node, Function) and node.args:
                waiting.append((node, True))
                waiting.extend((arg, False) for arg in node.args)
            else:
                yield node


def size(term: Term) -> int:
    """Return how many symbols the term has when it is written out."""
    sizes: dict[int, int] = {}
    for node in bottom_up([term]):
        args = node.args if isinstance(node, Function) else ()
        sizes[id(node)] = 1 + sum(sizes[id(arg)] for arg in args)
    return sizes[id(term)]


def equal(first: Term, second: Term) -> bool:
    """Say whether two terms are the same when they are written out."""
    return Numbering().same(first, second)


@dataclass(slots=True)
class Numbering:
    """A number for each term, the same for terms that are the same written out.

    The terms have to live as long as the numbering does.
    """

    terms: list[Term] = field(default_factory=list)  # by number
    _seen: set[int] = field(default_factory=set)
    _numbers: dict[int, int] = field(default_factory=dict)  # by identity
    _table: dict[tuple[str, tuple[int, ...] | None], int] = field(default_factory=dict)

    def number(self, term: Term) -> int:
        """Return the term's number."""
        for node in bottom_up([term], self._seen):
            args = (
                tuple(self._numbers[id(arg)] for arg in node.args)
                if isinstance(node, Function)
                else None
            )
            found = self._table.setdefault((node.name, args), len(self.terms))
            if found == len(self.terms):
                self.terms.append(node)
            self._numbers[id(node)] = found
        return self._numbers[id(term)]

    def same(self, first: Term, second: Term) -> bool:
        """Say whether two terms are the same when they are written out."""
        return first is second or self.number(first) == self.number(second)


def applied(terms: Iterable[Term], substitution: Substitution) -> tuple[Term, ...]:
    """Put terms in the place of variables, all at once; the results share their parts."""
    given = tuple(terms)
    images: dict[int, Term] = {}
    for node in bottom_up(given):
        match node:
            case Variable(name):
                images[id(node)] = substitution.get(name, node)
            case Function(_, args):
                images[id(node)] = with_args(node, [images[id(arg)] for arg in args])
    return tuple(images[id(term)] for term in given)


def moving(substitution: Substitution) -> Substitution:
    """Leave out variables that stand for themselves."""
    return {
        name: term
        for name, term in substitution.items()
        if not (isinstance(term, Variable) and term.name == name)
    }


def with_args(function: Function, args: Sequence[Term]) -> Function:
    """Return the term with other arguments; itself where they are the same ones."""
    if all(old is new for old, new in zip(function.args, args, strict=True)):
        return function
    return Function(function.name, tuple(args))
