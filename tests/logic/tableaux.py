"""A small tableau builder of the tests' own: α and δ, then β, then γ with terms as they come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from evalsuite.logic.proofs import Branch, CloseLine, NodeLine, TableauLine
from evalsuite.logic.syntax import (
    Atom,
    Exists,
    Forall,
    Formula,
    Function,
    Iff,
    Implies,
    Or,
    Term,
    Truth,
    Xor,
    constants,
    free_variables,
    subformulas,
    with_parts,
)
from evalsuite.logic.tableau import Kind, Signed, contradicts, extensions, kind
from tests.logic import random_problems

# Premises, a conclusion, and a closed tableau for them.
Proved: TypeAlias = tuple[tuple[Formula, ...], Formula, tuple[TableauLine, ...]]


@dataclass(frozen=True)
class End:
    """The end of a branch: what stands on it, and which formulas wait for their rule."""

    branch: Branch
    nodes: tuple[tuple[str, Signed], ...] = ()
    waiting: tuple[tuple[str, Signed], ...] = ()
    instances: tuple[tuple[str, Term], ...] = ()


@dataclass
class Writer:
    """The lines so far."""

    fuel: int
    lines: list[TableauLine] = field(default_factory=list)
    fresh: int = 0

    def label(self) -> str:
        return str(len(self.lines) + 1)


def closed(
    premises: Sequence[Formula], conclusion: Formula, fuel: int = 60
) -> tuple[TableauLine, ...] | None:
    """Return a closed tableau; `None` where none is found."""
    claims = [(Signed(sign=True, formula=one), "premise") for one in premises]
    claims.append((Signed(sign=False, formula=conclusion), "goal"))
    writer = Writer(fuel)
    return tuple(writer.lines) if _added(writer, End(()), claims) else None


def _added(writer: Writer, end: End, claims: Sequence[tuple[Signed, str]]) -> bool:
    """Put lines at the end of a branch and go on; say whether it closes."""
    nodes, waiting, pair = list(end.nodes), list(end.waiting), None
    for signed, origin in claims:
        label = writer.label()
        writer.lines.append(NodeLine(label=label, branch=end.branch, signed=signed, origin=origin))
        pair = pair or next(
            ((other, label) for other, one in nodes if contradicts(one, signed)), None
        )
        nodes.append((label, signed))
        waiting.append((label, signed))
    if pair:
        writer.lines.append(CloseLine(label=writer.label(), branch=end.branch, nodes=pair))
        return True
    return _grown(writer, End(end.branch, tuple(nodes), tuple(waiting), end.instances))


def _grown(writer: Writer, end: End) -> bool:
    writer.fuel -= 1
    ready = [one for one in end.waiting if _is_ready(end, *one)]
    if writer.fuel < 0 or not ready:
        return False
    label, signed = min(ready, key=lambda one: _rank(one[1]))
    rest = tuple(one for one in end.waiting if one[0] != label)
    needed = kind(signed)
    witness: Term | None = None
    if needed is Kind.DELTA:
        writer.fresh += 1
        witness = Function(f"k{writer.fresh}")
    if needed is Kind.GAMMA:
        term = next(_terms(end, label))
        rest, witness = (*rest, (label, signed)), term
        end = End(end.branch, end.nodes, end.waiting, (*end.instances, (label, term)))
    alternatives = extensions(signed, witness)
    if len(alternatives) == 1:
        after = End(end.branch, end.nodes, rest, end.instances)
        return _added(writer, after, [(one, label) for one in alternatives[0]])
    return all(
        _added(
            writer,
            End((*end.branch, number), end.nodes, rest, end.instances),
            [(one, label) for one in alternative],
        )
        for number, alternative in enumerate(alternatives, start=1)
    )


def _is_ready(end: End, label: str, signed: Signed) -> bool:
    match kind(signed):
        case Kind.NONE:
            return False
        case Kind.GAMMA:
            return any(True for _ in _terms(end, label))
        case _:
            return True


def _rank(signed: Signed) -> int:
    match kind(signed):
        case Kind.PLAIN:
            return 0 if len(extensions(signed)) == 1 else 2
        case Kind.DELTA:
            return 1
        case _:
            return 3


def _terms(end: End, label: str) -> Iterator[Term]:
    """Yield the terms that a γ formula has not taken yet."""
    names = {name for _, one in end.nodes for name in constants(one.formula)} or {"k"}
    for name in sorted(names):
        if (label, Function(name)) not in end.instances:
            yield Function(name)


def proofs(rng: Random, *, first_order: bool = False) -> Iterator[Proved]:
    """Yield inferences of ~ & | -> and quantifiers with closed tableaux for them.

    They have no functions, and no quantifier that binds nothing.
    """
    draw = random_problems.first_order if first_order else random_problems.inference
    while True:
        premises, conclusion = draw(rng)
        premises, conclusion = tuple(map(_plain, premises)), _plain(conclusion)
        if not all(map(_is_spare, (*premises, conclusion))):
            continue
        lines = closed(premises, conclusion, fuel=25)
        if lines is not None:
            yield premises, conclusion, lines


def _plain(formula: Formula) -> Formula:
    match formula:
        case Iff(left, right):
            return Implies(_plain(left), _plain(right))
        case Xor(left, right):
            return Or(_plain(left), _plain(right))
        case Truth(value):
            return Or(Atom("P"), Atom("Q")) if value else Atom("P")
        case _:
            return with_parts(formula, _plain)


def _is_spare(formula: Formula) -> bool:
    return not any(
        (isinstance(one, Forall | Exists) and one.variable not in free_variables(one.body))
        or (
            isinstance(one, Atom)
            and any(isinstance(arg, Function) and arg.args for arg in one.args)
        )
        for one in subformulas(formula)
    )
