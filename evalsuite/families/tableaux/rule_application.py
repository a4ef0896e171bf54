"""Which of four lists is what the rule for a signed formula adds?

Two of the options stand on one branch (or take any closed term) and two on two branches (or take a
new constant); each pair of signs is in one of the former and in one of the latter. In half of the
problems the right signs are the formula's own. So no option stands out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from evalsuite.families.tableaux import _semantics
from evalsuite.logic import tableau
from evalsuite.logic.canonical import Node, any_order, form, formula_tree
from evalsuite.logic.sampling import NAMES, formula
from evalsuite.logic.syntax import (
    And,
    Atom,
    Exists,
    Forall,
    Formula,
    Function,
    Implies,
    Not,
    Or,
    Variable,
    leaves,
    substitute,
)
from evalsuite.logic.tableau import Kind, Signed, show_signed
from evalsuite.logic.tables import table
from evalsuite.records import Draft, Json

LABELS: Final = None
CHOICES: Final = 4

_FEWEST, _MOST = 2, 12
_NEW = Function("c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many atoms stand in the formula."""

    fewest_atoms: int = 4
    most_atoms: int = 10
    step: int = 2

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_atoms <= self.most_atoms <= _MOST or self.step < 1:
            raise ValueError(
                f"`fewest_atoms` and `most_atoms`: {_FEWEST} <= fewest <= most <= {_MOST}, "
                "and `step` at least 1"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What is said to be added: claims on one branch, or each on a branch of its own.

    Of a quantifier `together` is that any closed term may be taken, else it is a new constant.
    """

    claims: tuple[Signed, ...]
    together: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Which option is what the rule for a signed formula adds? Its index."""

    signed: Signed
    options: tuple[Option, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of atoms."""
    return tuple(range(params.fewest_atoms, params.most_atoms + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a signed formula of `rung` atoms and four options; the right one is option `gold`."""
    signed = _signed(rung, rng)
    right = _right(signed)
    wrong = _wrong_signs(signed, right, rng)
    distractors = [
        replace(right, together=not right.together),
        _turned(right, wrong),
        replace(_turned(right, wrong), together=not right.together),
    ]
    rng.shuffle(distractors)
    options = (*distractors[:gold], right, *distractors[gold:])
    problem = Application(signed=signed, options=options)
    return Draft(
        shown={"formula": show_signed(signed), "options": [_shown(one) for one in options]},
        choices=tuple(map(_text, options)),
        problem=problem,
        tags={"rung": rung, "atoms": rung},
        formal={"formula": show_signed(signed)},
    )


def decide(problem: Application) -> tuple[int, int]:
    """Return the answer by the tableau's rules and by truth table.

    Raises:
        ValueError: no option is right, or several are.

    """
    right = _right(problem.signed)
    by_rule = [at for at, option in enumerate(problem.options) if option == right]
    rows = _semantics.rows(problem.signed)
    by_rows = [at for at, option in enumerate(problem.options) if _rows(option) == rows]
    if len(by_rule) != 1 or len(by_rows) != 1:
        raise ValueError(f"{len(by_rule)} options by rule, {len(by_rows)} by truth table")
    return by_rule[0], by_rows[0]


def canonical(problem: Application) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    options = [
        Node("one" if option.together else "two", tuple(map(_tree, option.claims)))
        for option in problem.options
    ]
    return form(Node("application", (_tree(problem.signed), any_order(options))))


def show(problem: Application) -> str:
    """Write a problem on one line, for messages."""
    return f"{show_signed(problem.signed)} => {' ; '.join(map(_text, problem.options))}"


def certificate(params: Params, problem: Application) -> None:
    """Return nothing: a verdict is all that is asked."""


def _tree(signed: Signed) -> Node:
    return Node("T" if signed.sign else "F", (formula_tree(signed.formula),))


def _signed(size: int, rng: Random) -> Signed:
    """Draw a signed conjunction, disjunction, implication or quantified formula."""
    names = rng.sample(NAMES, size)
    sign = rng.random() < 1 / 2
    # As often as not an implication, whose components do not both have its sign.
    joined = rng.choice((Implies, Implies, Implies, And, Or, None))
    if joined is None:
        variable, quantifier = rng.choice("xyz"), rng.choice((Forall, Exists))
        body = formula(names, rng, negated=0.2)
        atoms = {name: Atom(name, (Variable(variable),)) for name in leaves(body)}
        return Signed(sign=sign, formula=quantifier(variable, substitute(body, atoms)))
    cut = rng.randrange(1, size)
    left = formula(names[:cut], rng, negated=0.2)
    return Signed(sign=sign, formula=joined(left, formula(names[cut:], rng, negated=0.2)))


def _right(signed: Signed) -> Option:
    """Return what the rule for a formula adds."""
    rule = tableau.kind(signed)
    added = tableau.extensions(signed, None if rule is Kind.PLAIN else _NEW)
    together = len(added) == 1 if rule is Kind.PLAIN else rule is Kind.GAMMA
    return Option(claims=tuple(claim for one in added for claim in one), together=together)


def _wrong_signs(signed: Signed, right: Option, rng: Random) -> tuple[bool, ...]:
    """Return signs for the distractors: mixed ones where the right ones are alike, and vice versa.

    So of two components one pair of signs is always that of the formula itself, and one is mixed.
    """
    if len(right.claims) == 1:
        return (not signed.sign,)
    if isinstance(signed.formula, Implies):
        return (signed.sign, signed.sign)
    first = rng.random() < 1 / 2
    return (first, not first)


def _turned(option: Option, signs: Sequence[bool]) -> Option:
    claims = zip(option.claims, signs, strict=True)
    return replace(option, claims=tuple(replace(claim, sign=sign) for claim, sign in claims))


def _rows(option: Option) -> int:
    """Return an option's table over the formula's parts, or over its instances at two elements."""
    claims = [_claim(claim.sign, at) for at, claim in enumerate(option.claims)]
    if len(claims) == 1:
        claims.append(_claim(option.claims[0].sign, 1))
    joined = And if option.together else Or
    return table(joined(claims[0], claims[1]), _semantics.PARTS)


def _claim(sign: bool, place: int) -> Formula:  # noqa: FBT001 - a claim's sign
    atom = Atom(_semantics.PARTS[place])
    return atom if sign else Not(atom)


def _text(option: Option) -> str:
    return _said(option)["en"]


def _shown(option: Option) -> dict[str, Json]:
    return {**_said(option)}


def _said(option: Option) -> dict[str, str]:
    """Return an option in both languages."""
    claims = [show_signed(claim) for claim in option.claims]
    if len(claims) == 1:
        term = claims[0]
        if option.together:
            return {"en": f"{term}, c any closed term", "pt": f"{term}, c termo fechado qualquer"}
        return {"en": f"{term}, c a new constant", "pt": f"{term}, c constante nova"}
    first, second = claims
    if option.together:
        return {
            "en": f"{first} and {second}, both on the branch",
            "pt": f"{first} e {second}, ambas no ramo",
        }
    return {
        "en": f"{first} on one branch, {second} on another",
        "pt": f"{first} em um ramo, {second} no outro",
    }
