"""Which of four formulas is the result of putting a term for a variable, capturing nothing?

The wrong ones put it for a bound occurrence too, leave a free one, let a quantifier capture the
term's variable, or rename a quantifier's variable without its occurrences.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from random import Random
from typing import Final, Literal

from evalsuite import names
from evalsuite.families.first_order import _options, _scopes
from evalsuite.families.first_order.capture import named_tree
from evalsuite.logic import canonical as canonical_forms
from evalsuite.logic.canonical import Leaf, Node, formula_tree
from evalsuite.logic.structures import Structure, satisfies
from evalsuite.logic.syntax import Atom, Formula, Function, Term, Variable, instantiate
from evalsuite.logic.writing import show as show_formula
from evalsuite.logic.writing import show_term
from evalsuite.records import Draft

LABELS: Final = None
CHOICES: Final = 4

_FEWEST, _MOST = 3, 7  # atoms
_TRIES = 2_000
_STRUCTURES = 24
_VARIABLES = ("x", "y", "z", "u", "v", "w")

Slip = Literal["under", "over", "captured", "sloppy"]

# "captured" and "sloppy" are equally frequent: an option with a renamed quantifier is right as
# often as wrong. So are "under" and "over": the most replaced option is right as often as others.
_DESIGNS: Final[tuple[tuple[Slip, Slip], ...]] = (
    ("under", "under"),
    ("over", "over"),
    ("under", "over"),
    ("over", "under"),
    ("captured", "under"),
    ("captured", "over"),
    ("sloppy", "under"),
    ("sloppy", "over"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many atoms the formula has."""

    fewest_atoms: int = 3
    most_atoms: int = 6

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_atoms <= self.most_atoms <= _MOST:
            raise ValueError(
                f"`fewest_atoms` and `most_atoms`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstitutionOf:
    """Which candidate is the formula with the term for the variable? Its index."""

    formula: Formula
    variable: str
    term: Term
    candidates: tuple[Formula, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of atoms."""
    return tuple(range(params.fewest_atoms, params.most_atoms + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a formula, a variable, a term and four formulas; the result is option `gold`."""
    design = rng.choice(_DESIGNS)
    quantifiers = 2 if rung < _FEWEST + 2 else 3
    for _ in range(_TRIES):  # with the same design, so that these stay equally frequent
        variable, inner, other, fresh = rng.sample(_VARIABLES, 4)
        term: Term = rng.choice((Variable(inner), Function("f", (Variable(inner),))))
        bound = _bound(design, variable, inner, other, quantifiers)
        rng.shuffle(bound)
        shape = _scopes.skeleton(quantifiers, rung, rng)
        inside = [rng.choice((variable, variable, inner, other)) for _ in _scopes.places(shape)]
        formula = _scopes.filled(shape, inside, bound)
        made = _options_of(formula, variable, term, inner, fresh, design, rng)
        if made is None:
            continue
        right, wrong = made
        options = _options.placed(right, wrong, gold, rng)
        problem = SubstitutionOf(formula=formula, variable=variable, term=term, candidates=options)
        if _agreeing(problem, until=[gold]) != [gold]:
            continue  # a wrong one means the same
        shown = tuple(map(show_formula, options))
        return Draft(
            shown={
                "formula": show_formula(formula),
                "variable": variable,
                "term": show_term(term),
                "options": list(shown),
            },
            choices=shown,
            problem=problem,
            tags={"rung": rung, "quantifiers": quantifiers, "slips": "-".join(design)},
        )
    return None


def decide(problem: SubstitutionOf) -> tuple[int, int]:
    """Return the answer by substitution up to bound names, and by the substitution lemma.

    The lemma: in all structures the result is worth what the formula is worth when the variable
    stands for what the term denotes (Enderton, section 2.5). It is tried on some structures.

    Raises:
        ValueError: no option is right, or more than one is.

    """
    careful = _scopes.alpha(instantiate(problem.formula, {problem.variable: problem.term}))
    same = [at for at, one in enumerate(problem.candidates) if _scopes.alpha(one) == careful]
    agreeing = _agreeing(problem)
    if len(same) != 1 or len(agreeing) != 1:
        raise ValueError(f"{len(same)} options are right, {len(agreeing)} by meaning")
    return same[0], agreeing[0]


def canonical(problem: SubstitutionOf) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return canonical_forms.form(
        Node(
            "substitution",
            (
                named_tree(problem.formula),
                Leaf(f"var {problem.variable}"),
                formula_tree(Atom("=", (problem.term,))),
                canonical_forms.any_order(map(named_tree, problem.candidates)),
            ),
        )
    )


def show(problem: SubstitutionOf) -> str:
    """Write a problem on one line, for messages."""
    options = " / ".join(map(show_formula, problem.candidates))
    what = f"[{show_term(problem.term)}/{problem.variable}]"
    return f"{show_formula(problem.formula)} {what} => {options}"


def certificate(params: Params, problem: SubstitutionOf) -> None:
    """Return nothing: a verdict is all that is asked."""


def _bound(
    design: tuple[Slip, Slip], variable: str, inner: str, other: str, count: int
) -> list[str]:
    """Return what the quantifiers bind, so that the mistakes can be made."""
    wanted = [variable] if "over" in design else []
    wanted += [inner] if {"captured", "sloppy"} & set(design) else []
    return [*wanted, inner, other, variable][:count]


# ── options ─────────────────────────────────────────────────────────────────────────────────────


def _options_of(  # noqa: PLR0913 - private, and each is plain
    formula: Formula,
    variable: str,
    term: Term,
    inner: str,
    fresh: str,
    design: tuple[Slip, Slip],
    rng: Random,
) -> tuple[Formula, list[Formula]] | None:
    """Return the result and three formulas with one mistake or the other, or both."""
    found = _scopes.places(formula)
    free = [at for at, one in enumerate(found) if one.name == variable and one.binder is None]
    bound = [at for at, one in enumerate(found) if one.name == variable and one.binder is not None]
    capturing = {number for at in free for name, number in found[at].around if name == inner}
    if not free or ("captured" in design) != bool(capturing):
        return None
    spared = {one.binder for one in found if one.binder is not None}
    sloppy = [
        at
        for at, name in enumerate(_scopes.binders(formula))
        if name == inner and at in spared and at not in capturing
    ]
    pools = {
        "under": rng.sample(free, len(free)),
        "over": rng.sample(bound, len(bound)),
        "captured": [0],
        "sloppy": rng.sample(sloppy, len(sloppy)),
    }
    # Something is put for the variable in every option.
    if len(free) <= design.count("under") or any(
        len(pools[slip]) < design.count(slip) for slip in design
    ):
        return None
    made = [(slip, pools[slip].pop()) for slip in design]
    right = _Made(formula=formula, variable=variable, term=term, fresh=fresh)
    everything = [
        _with(right, free, capturing, mistakes) for mistakes in ([], made[:1], made[1:], made)
    ]
    if len(set(everything)) < CHOICES:
        return None
    return everything[0], everything[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    formula: Formula
    variable: str
    term: Term
    fresh: str


def _with(
    of: _Made, free: Sequence[int], capturing: set[int], mistakes: Sequence[tuple[Slip, int]]
) -> Formula:
    replaced = set(free)
    renamed = set(capturing)
    for slip, at in mistakes:
        if slip == "under":
            replaced.discard(at)
        elif slip == "over":
            replaced.add(at)
        elif slip == "captured":
            renamed = set()
    sloppy = {at for slip, at in mistakes if slip == "sloppy"}
    terms: list[Term] = []
    for at, one in enumerate(_scopes.places(of.formula)):
        if at in replaced:
            terms.append(of.term)
        else:
            terms.append(Variable(of.fresh if one.binder in renamed else one.name))
    bound = [
        of.fresh if at in renamed | sloppy else name
        for at, name in enumerate(_scopes.binders(of.formula))
    ]
    return _scopes.with_places(of.formula, iter(terms), iter(bound))


# ── meaning ─────────────────────────────────────────────────────────────────────────────────────


def _agreeing(problem: SubstitutionOf, until: list[int] | None = None) -> list[int]:
    """Return the options that no structure tells from what is meant.

    With `until`, stop as soon as these are left.
    """
    left = list(range(len(problem.candidates)))
    for structure, assignment in _assigned():
        value = _value(problem.term, structure, assignment)
        meant = satisfies(structure, problem.formula, {**assignment, problem.variable: value})
        left = [
            at for at in left if satisfies(structure, problem.candidates[at], assignment) == meant
        ]
        if left == until:
            break
    return left


def _value(term: Term, structure: Structure, assignment: dict[str, str]) -> str:
    match term:
        case Variable(name):
            return assignment[name]
        case Function(name, args):
            place = tuple(_value(arg, structure, assignment) for arg in args)
            return structure.functions[name][place]


@cache
def _assigned() -> tuple[tuple[Structure, dict[str, str]], ...]:
    """Return random structures, always the same, and what variables stand for in them."""
    return tuple(_random_structures(Random(names.seed_of("substitution", "structures"))))


def _random_structures(rng: Random) -> Iterator[tuple[Structure, dict[str, str]]]:
    for at in range(_STRUCTURES):
        domain = ("1", "2") if at % 4 else ("1", "2", "3")
        chance = rng.choice((0.3, 0.5, 0.7))
        yield (
            Structure(
                domain=domain,
                functions={"f": {(one,): rng.choice(domain) for one in domain}},
                predicates={
                    name: frozenset(
                        row for row in product(domain, repeat=arity) if rng.random() < chance
                    )
                    for name, arity in (("P", 1), ("Q", 1), ("R", 2), ("S", 2))
                },
            ),
            {name: rng.choice(domain) for name in _VARIABLES},
        )
