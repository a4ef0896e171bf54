"""Random logic, and the records that tests share."""

from dataclasses import replace
from pathlib import Path
from random import Random

from hypothesis import strategies as st

from evalsuite.families import Drawing, draws, family
from evalsuite.logic.clauses import Clause, Literal
from evalsuite.logic.problems import BranchClosure, Entailment, Problem, ResolventOf
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Truth,
    Variable,
    Xor,
    free_variables,
    rename,
    with_parts,
)
from evalsuite.logic.tableau import Signed
from evalsuite.records import Task

LETTERS = "PQRS"
FAMILIES = ("branch-closure", "entailment", "resolvent")


def drawing(name: str) -> Drawing:
    """Return the family of that name, which draws its instances."""
    kind = family(name)
    assert draws(kind)
    return kind


rngs = st.integers(min_value=0, max_value=2**32).map(Random)


def task(kind: str, *, size: int = 40, seed: int = 1, params: object | None = None) -> Task:
    """Return a task of the family, with the family's defaults."""
    return Task(
        name=f"some-{kind}",
        path=Path("tasks") / kind / f"some-{kind}.yaml",
        about="a task of the tests",
        family=kind,
        params=family(kind).Params() if params is None else params,
        size=size,
        seed=seed,
        answer="choices",
        max_tokens=16,
        scorer="label",
        metrics=("accuracy",),
        template=kind,
        version=1,
        digest="0" * 64,
    )


def formulas(letters: str = LETTERS, max_leaves: int = 6) -> st.SearchStrategy[Formula]:
    """Formulas over these atoms."""
    return st.recursive(st.sampled_from(letters).map(Atom), _compound, max_leaves=max_leaves)


def _compound(parts: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    return st.one_of(
        st.builds(Not, parts),
        st.builds(And, parts, parts),
        st.builds(Or, parts, parts),
        st.builds(Implies, parts, parts),
        st.builds(Iff, parts, parts),
    )


def terms(variables: str = "xyz", max_leaves: int = 4) -> st.SearchStrategy[Term]:
    """Terms over these variables, the constants a to c, and the functions f and g."""
    leaves: st.SearchStrategy[Term] = st.sampled_from("abc").map(Function)
    if variables:
        leaves |= st.sampled_from(variables).map(Variable)
    return st.recursive(
        leaves,
        lambda parts: st.one_of(
            st.builds(lambda arg: Function("f", (arg,)), parts),
            st.builds(lambda left, right: Function("g", (left, right)), parts, parts),
        ),
        max_leaves=max_leaves,
    )


def atoms_with_terms(variables: str = "xyz") -> st.SearchStrategy[Atom]:
    """Atoms S, P(…), Q(…) and R(…, …)."""
    inner = terms(variables, 3)
    return st.one_of(
        st.just(Atom("S")),
        st.builds(lambda name, arg: Atom(name, (arg,)), st.sampled_from("PQ"), inner),
        st.builds(lambda left, right: Atom("R", (left, right)), inner, inner),
    )


def first_order(variables: str = "xyz", max_leaves: int = 5) -> st.SearchStrategy[Formula]:
    """First-order formulas; variables may stand free in them."""
    return st.recursive(
        st.one_of(atoms_with_terms(variables), st.builds(Truth, st.booleans())),
        lambda parts: st.one_of(
            _compound(parts),
            st.builds(Xor, parts, parts),
            st.builds(Forall, st.sampled_from(variables), parts),
            st.builds(Exists, st.sampled_from(variables), parts),
        ),
        max_leaves=max_leaves,
    )


def closed(formula: Formula) -> Formula:
    """Bind the variables that stand free."""
    for variable in sorted(free_variables(formula)):
        formula = Forall(variable, formula)
    return formula


def modal(letters: str = LETTERS, max_leaves: int = 5) -> st.SearchStrategy[Formula]:
    """Modal propositional formulas."""
    return st.recursive(
        st.one_of(st.sampled_from(letters).map(Atom), st.builds(Truth, st.booleans())),
        lambda parts: st.one_of(
            _compound(parts),
            st.builds(Xor, parts, parts),
            st.builds(Box, parts),
            st.builds(Diamond, parts),
        ),
        max_leaves=max_leaves,
    )


def clauses_with_terms(variables: str = "xyz", max_size: int = 4) -> st.SearchStrategy[Clause]:
    """First-order clauses, the empty one among them."""
    literals = st.builds(Literal, atom=atoms_with_terms(variables), positive=st.booleans())
    return st.frozensets(literals, max_size=max_size)


def clauses(letters: str = LETTERS, max_size: int = 4) -> st.SearchStrategy[Clause]:
    """Clauses over these atoms, the empty one and tautologies among them."""
    literals = st.builds(Literal, atom=st.sampled_from(letters).map(Atom), positive=st.booleans())
    return st.frozensets(literals, max_size=max_size)


def signed(letters: str = LETTERS, max_leaves: int = 5) -> st.SearchStrategy[Signed]:
    """Signed formulas over these atoms."""
    return st.builds(Signed, sign=st.booleans(), formula=formulas(letters, max_leaves))


def problems(letters: str = "PQR", max_leaves: int = 3) -> st.SearchStrategy[Problem]:
    """Small problems of every kind; a `ResolventOf` among them may have no answer."""
    small = formulas(letters, max_leaves)
    return st.one_of(
        st.builds(Entailment, premises=st.lists(small, max_size=3).map(tuple), conclusion=small),
        st.builds(
            ResolventOf,
            left=clauses(letters, 3),
            right=clauses(letters, 3),
            candidates=st.lists(clauses(letters, 3), max_size=3).map(tuple),
        ),
        st.builds(
            BranchClosure, branch=st.lists(signed(letters, max_leaves), max_size=4).map(tuple)
        ),
    )


def renamed(problem: Problem, names: dict[str, str]) -> Problem:
    """Rename a problem's atoms."""
    match problem:
        case Entailment(premises=premises, conclusion=conclusion):
            return Entailment(
                premises=tuple(rename(premise, names) for premise in premises),
                conclusion=rename(conclusion, names),
            )
        case ResolventOf(left=left, right=right, candidates=candidates):
            return ResolventOf(
                left=_renamed(left, names),
                right=_renamed(right, names),
                candidates=tuple(_renamed(candidate, names) for candidate in candidates),
            )
        case BranchClosure(branch=branch):
            return BranchClosure(
                branch=tuple(replace(line, formula=rename(line.formula, names)) for line in branch)
            )


def _renamed(clause: Clause, names: dict[str, str]) -> Clause:
    return frozenset(replace(literal, atom=Atom(names[literal.atom.name])) for literal in clause)


def reordered(problem: Problem, rng: Random) -> Problem:
    """Put a problem's parts in another order, the sides of `&`, `|` and `<->` too."""
    match problem:
        case Entailment(premises=premises, conclusion=conclusion):
            turned = [_turned(premise, rng) for premise in premises]
            return Entailment(
                premises=tuple(rng.sample(turned, len(turned))),
                conclusion=_turned(conclusion, rng),
            )
        case ResolventOf(left=left, right=right, candidates=candidates):
            first, second = rng.sample((left, right), 2)
            shuffled = tuple(rng.sample(candidates, len(candidates)))
            return ResolventOf(left=first, right=second, candidates=shuffled)
        case BranchClosure(branch=branch):
            lines = [replace(line, formula=_turned(line.formula, rng)) for line in branch]
            return BranchClosure(branch=tuple(rng.sample(lines, len(lines))))


def _turned(formula: Formula, rng: Random) -> Formula:
    match formula:
        case And(left, right) | Or(left, right) | Iff(left, right) | Xor(left, right):
            first, second = rng.sample((_turned(left, rng), _turned(right, rng)), 2)
            return type(formula)(first, second)
        case _:
            return with_parts(formula, lambda part: _turned(part, rng))
