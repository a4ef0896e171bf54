"""Does the conclusion follow from the premises, in first-order logic?

Premises come first. A conclusion's shape, predicates and number of negations are drawn next, and
only such are used as have a filling that follows and one that does not: so premises, length and
words tell nothing about the label.

No premise alone gives the conclusion, the premises have a model, and a conclusion that says
"for all x, if …" is not true because nothing can be as the "if" says.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import and_
from random import Random
from typing import Final, Literal, get_args

from evalsuite import names
from evalsuite.families.first_order import _arguments, _grounding, _sieve, _wording
from evalsuite.logic import normal, smt
from evalsuite.logic.canonical import canonical as canonical_form
from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.elaborators import refutation, tableau
from evalsuite.logic.problems import Entailment, show_problem
from evalsuite.logic.provers import models
from evalsuite.logic.provers import resolution as resolution_prover
from evalsuite.logic.provers import tableau as tableau_prover
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import Exists, Forall, Formula, Implies, Not
from evalsuite.logic.text import structures as text_structures
from evalsuite.logic.text.stated import Inference
from evalsuite.logic.text.tptp import write as write_tptp
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft, Json

LABELS: Final = ("follows", "does-not-follow")
CHOICES: Final = 2

Surface = Literal["symbols", "words", "tptp"]
Calculus = Literal["none", "tableau", "resolution", "countermodel"]

_PREDICATES: Final = "GHKLNPQRST"
_THINGS: Final = "abcdm"
_TIME: Final = 2_000  # milliseconds, of z3
_NODES: Final = tableau_prover.Limit(nodes=1_500, size=3)
_CLAUSES: Final = resolution_prover.Limit(clauses=1_500)
_LARGEST: Final = 3  # elements of a countermodel
_LONGEST_TABLEAU: Final = 26  # lines
_LONGEST_REFUTATION: Final = 22
_SHAPES: Final = 4  # conclusions' shapes that are tried with the same premises


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder and how a problem is shown.

    The rungs: properties of named things (1), of all and some things (2), a relation (3), two
    relations (4), a function (5).
    """

    lowest: int = 1
    highest: int = 5
    surface: Surface = "symbols"
    calculus: Calculus = "none"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs, and values that are not known."""
        if not 1 <= self.lowest <= self.highest <= len(_arguments.RUNGS):
            raise ValueError(
                f"`lowest` and `highest`: 1 <= lowest <= highest <= {len(_arguments.RUNGS)}"
            )
        for name, value, known in (
            ("surface", self.surface, get_args(Surface)),
            ("calculus", self.calculus, get_args(Calculus)),
        ):
            if value not in known:
                raise ValueError(f"`{name}` is one of {', '.join(known)}")


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of the rungs."""
    return tuple(range(params.lowest, params.highest + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw premises and a conclusion that does (0) or does not (1) follow."""
    of = _arguments.RUNGS[rung]
    premises = _arguments.premises(of, rng)
    tables = [_sieve.table(premise) for premise in premises]
    if not _sound(tables):
        return None
    for _ in range(_SHAPES):
        pairs = _pairs(premises, tables, of, rng)
        if pairs:
            break
    else:
        return None
    both = _renamed(premises, [rng.choice(side) for side in rng.choice(pairs)], rng)
    # Each has to be decided, whichever is asked for: else what can be decided would tell.
    if any(_answer(problem) != label for label, problem in enumerate(both)):
        return None
    return _draft(params, both[gold], rung)


def decide(problem: Entailment) -> tuple[int, int]:
    """Return our provers' answer, and an independent one.

    What has a countermodel (the search for it is evaluated) is evaluated again, by SAT. What has a
    tableau is asked of z3; where z3 gives up, the refutation by resolution stands for it.

    Raises:
        ValueError: our provers give none.

    """
    model = _countermodel(problem)
    if model is not None:
        holds = _grounding.holds(model, problem.premises, false=problem.conclusion)
        return 1, 1 if holds else 0
    if _answer(problem) is None:
        raise ValueError("it was not decided within the limits")
    theirs = smt.entails(problem.premises, problem.conclusion, milliseconds=_TIME)
    return 0, 1 if theirs == "no" else 0


def canonical(problem: Entailment) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return canonical_form(problem)


def show(problem: Entailment) -> str:
    """Write a problem on one line, for messages."""
    return show_problem(problem)


def certificate(params: Params, problem: Entailment) -> str | None:
    """Return a proof in the calculus asked for, or a finite countermodel."""
    if params.calculus == "none":
        return None
    model = _countermodel(problem)
    if model is not None:
        return text_structures.show(model)
    match params.calculus:
        case "tableau":
            found = tableau_prover.prove(problem.premises, problem.conclusion, limit=_NODES)
            return tableau.show(found.lines) if isinstance(found, tableau_prover.Closed) else None
        case "resolution":
            proof = resolution_prover.prove(clauses(problem), limit=_CLAUSES)
            if not isinstance(proof, resolution_prover.Refuted):
                return None
            return refutation.show(proof.lines)
        case _:
            return None


def clauses(problem: Entailment) -> tuple[Clause, ...]:
    """Return the clausal form of the premises and of the conclusion's negation."""
    return normal.clausal([*problem.premises, Not(problem.conclusion)])


# ── drawing ─────────────────────────────────────────────────────────────────────────────────────


def _sound(tables: Sequence[int]) -> bool:
    """Say whether premises can be true together, each says something, and none repeats another."""
    full = _sieve.everywhere()
    return (
        reduce(and_, tables) != 0
        and not any(table in (0, full) for table in tables)
        and len(set(tables)) == len(tables)
    )


def _pairs(
    premises: Sequence[Formula], tables: Sequence[int], of: _arguments.Rung, rng: Random
) -> list[tuple[list[Formula], list[Formula]]]:
    """Return conclusions that follow and that do not, as far as can be seen, in like words."""
    together = reduce(and_, tables)
    found: dict[object, tuple[list[Formula], list[Formula]]] = defaultdict(lambda: ([], []))
    for conclusion in _arguments.fillings(of, rng):
        truth = _sieve.table(conclusion)
        alone = (0, _sieve.everywhere())
        if truth in alone or not all(_sieve.refuted([one], truth) for one in tables):
            continue
        if _is_empty(conclusion, together):
            continue
        follows = together & ~truth == 0
        if not follows and together & truth == 0:
            continue  # that it is false would follow, and be seen so
        found[_arguments.agreement(premises, conclusion)][0 if follows else 1].append(conclusion)
    return [both for _, both in sorted(found.items(), key=str) if all(both)]


def _is_empty(conclusion: Formula, together: int) -> bool:
    """Say whether nothing can be as a general conclusion's "if" says, given the premises."""
    bound: list[str] = []
    while isinstance(conclusion, Forall):
        bound.append(conclusion.variable)
        conclusion = conclusion.body
    if not isinstance(conclusion, Implies):
        return False
    some: Formula = conclusion.left
    for variable in reversed(bound):
        some = Exists(variable, some)
    return _sieve.table(some) & together == 0


def _renamed(
    premises: Sequence[Formula], conclusions: Sequence[Formula], rng: Random
) -> tuple[Entailment, ...]:
    """Return a problem for each conclusion, all symbols with the same random names."""
    old = (*_sieve.UNARY, *_sieve.BINARY)
    mapping = dict(zip(old, rng.sample(_PREDICATES, len(old)), strict=True))
    mapping |= dict(zip(_sieve.CONSTANTS, rng.sample(_THINGS, len(_sieve.CONSTANTS)), strict=True))
    mapping[_sieve.FUNCTION] = rng.choice("fgh")
    order = rng.sample(list(premises), len(premises))
    given = tuple(_arguments.with_names(one, mapping) for one in order)
    return tuple(
        Entailment(premises=given, conclusion=_arguments.with_names(one, mapping))
        for one in conclusions
    )


@lru_cache(maxsize=256)
def _answer(problem: Entailment) -> int | None:
    """Return the answer, where it has a countermodel or proofs of both kinds that are short."""
    if _countermodel(problem) is not None:
        return 1
    found = tableau_prover.prove(problem.premises, problem.conclusion, limit=_NODES)
    if not isinstance(found, tableau_prover.Closed) or len(found.lines) > _LONGEST_TABLEAU:
        return None
    proof = resolution_prover.prove(clauses(problem), limit=_CLAUSES)
    if not isinstance(proof, resolution_prover.Refuted):
        return None
    return 0 if len(proof.lines) <= _LONGEST_REFUTATION else None


@lru_cache(maxsize=256)
def _countermodel(problem: Entailment) -> Structure | None:
    found = models.find(problem.premises, problem.conclusion, sizes=range(1, _LARGEST + 1))
    return found if isinstance(found, Structure) else None


# ── showing ─────────────────────────────────────────────────────────────────────────────────────


def _draft(params: Params, problem: Entailment, rung: int) -> Draft:
    given = [show_clause(clause) for clause in clauses(problem)]
    premises = [show_formula(premise) for premise in problem.premises]
    conclusion = show_formula(problem.conclusion)
    formal: dict[str, Json] = {
        "premises": list(premises),
        "conclusion": conclusion,
        "logic": "classical",
        "signs": True,
    }
    if params.calculus == "resolution":
        formal["clauses"] = list(given)
    return Draft(
        shown=_shown(params, problem, premises, conclusion, given),
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "premises": len(premises), "clauses": len(given)}
        | {"quantifiers": sum(text.count("forall") + text.count("exists") for text in premises)},
        formal=formal,
    )


def _shown(
    params: Params,
    problem: Entailment,
    premises: Sequence[str],
    conclusion: str,
    given: Sequence[str],
) -> dict[str, Json]:
    match params.surface:
        case "words":
            return _worded(problem)
        case "tptp":
            stated = Inference(
                premises=_lowered(problem.premises), conclusion=_lowered([problem.conclusion])[0]
            )
            return {"problem": write_tptp(stated).strip()}
        case "symbols":
            shown: dict[str, Json] = {"premises": list(premises), "conclusion": conclusion}
            if params.calculus == "resolution":
                shown["clauses"] = list(given)
            return shown


def _lowered(formulas: Sequence[Formula]) -> tuple[Formula, ...]:
    """Give predicates small letters, so that TPTP does not quote them."""
    return tuple(
        _arguments.with_names(one, {name: name.lower() for name in _PREDICATES}) for one in formulas
    )


def _worded(problem: Entailment) -> dict[str, Json]:
    formulas = (*problem.premises, problem.conclusion)
    rng = Random(names.seed_of("first-order words", canonical(problem)))
    lexicons = _wording.lexicons(formulas, rng)
    en, pt = (
        [_wording.sentence(one, language, lexicons[language]) for one in formulas]
        for language in ("en", "pt")
    )
    return {
        "premises": {"en": list(en[:-1]), "pt": list(pt[:-1])},
        "conclusion": {"en": en[-1], "pt": pt[-1]},
    }
