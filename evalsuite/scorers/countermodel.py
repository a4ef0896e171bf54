"""Judge a countermodel, or the verdict that there is none.

The formal problem has `premises` and `conclusion` (formulas as text; a conclusion that is left out
or null stands for a contradiction).

Verdict 0, "follows": no proof is asked for. A solver decides it: PySAT, z3 or a tableau.

Verdict 1, "does not follow": propositional formulas need a valuation (`logic.text.valuations`),
first-order ones a finite structure (`logic.text.structures`). The formulas are evaluated in it. An
atom that a valuation leaves out may be either.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from evalsuite.logic import smt, solvers, structures
from evalsuite.logic.flaws import Flaw, LogicError, NoProof, TooLarge
from evalsuite.logic.provers import tableau
from evalsuite.logic.semantics import value
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import Atom, Formula, Not, Truth, atoms, is_propositional
from evalsuite.logic.text import reading, valuations
from evalsuite.logic.text import structures as text_structures
from evalsuite.logic.writing import show
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified
from evalsuite.scorers._certified import Checked

_MILLISECONDS = 5_000  # for z3
_SHOWN = 80  # characters of a formula in a message

_Tuple = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """An inference; a conclusion that is not there is a contradiction."""

    premises: tuple[Formula, ...]
    conclusion: Formula | None

    @property
    def claims(self) -> tuple[Formula, ...]:
        """What a countermodel makes true."""
        denied = () if self.conclusion is None else (Not(self.conclusion),)
        return (*self.premises, *denied)


def score(question: Question, response: Response) -> Score:
    """Judge the verdict and its countermodel."""
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Say whether the text shows the verdict: 0, it follows (text unread); 1, it does not."""
    inference = read(formal)
    if verdict == 0:
        return _decided(inference)
    try:
        flaw = countermodel_flaw(inference, text)
    except LogicError as error:
        return refused(error)
    if flaw is None:
        return Checked(accepted=True)
    return Checked(accepted=False, flaw="NotACountermodel", message=flaw)


def read(formal: Mapping[str, Json]) -> Inference:
    """Read the formal problem."""
    premises, conclusion = formal.get("premises"), formal.get("conclusion")
    listed = premises if isinstance(premises, list) else []
    return Inference(
        premises=tuple(reading.formula(str(one)) for one in listed),
        conclusion=reading.formula(conclusion) if isinstance(conclusion, str) else None,
    )


def refused(error: LogicError) -> Checked:
    """Return what became of a text that is no model at all, or a bad one."""
    return Checked(
        accepted=False,
        readable=not isinstance(error, NoProof | TooLarge),
        flaw=type(error).__name__,
        message=error.message if isinstance(error, Flaw) else str(error),
        line=error.line if isinstance(error, Flaw) else None,
    )


def countermodel_flaw(inference: Inference, text: str) -> str | None:
    """Say why what the text describes is no countermodel; `None` where it is one.

    Raises:
        LogicError: the text describes no valuation or structure.

    """
    claims = inference.claims
    if all(map(is_propositional, claims)):
        names = dict.fromkeys(name for claim in claims for name in atoms(claim))
        return failing(claims, valuations.valuation(text, {name: name for name in names}))
    model = text_structures.structure(text, claims)
    false = next((claim for claim in claims if not structures.satisfies(model, claim)), None)
    return None if false is None else f"`{_cut(show(false))}` is not true in it"


def failing(claims: Sequence[Formula], values: Mapping[str, bool]) -> str | None:
    """Say which propositional claim a valuation does not make true; `None` where it makes all.

    It has to make them true whatever the atoms are that it leaves out.
    """
    fixed: list[Formula] = [
        Atom(name) if holds else Not(Atom(name)) for name, holds in sorted(values.items())
    ]
    for claim in claims:
        left_out = [name for name in atoms(claim) if name not in values]
        if left_out:
            if solvers.satisfiable([*fixed, Not(claim)]):
                return f"`{_cut(show(claim))}` may be false: `{left_out[0]}` has no value"
        elif not value(claim, values):
            return f"`{_cut(show(claim))}` is not true in it"
    return None


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"


def _decided(inference: Inference) -> Checked:
    if _follows(inference):
        return Checked(accepted=True)
    return Checked(accepted=False, flaw="NotDecided", message="no solver finds that it follows")


def _follows(inference: Inference) -> bool:
    claims = inference.claims
    if all(map(is_propositional, claims)):
        return not solvers.satisfiable(claims)
    conclusion = Truth(value=False) if inference.conclusion is None else inference.conclusion
    found = smt.entails(inference.premises, conclusion, milliseconds=_MILLISECONDS)
    if found == "unknown":
        answer = tableau.prove(inference.premises, inference.conclusion)
        return isinstance(answer, tableau.Closed)
    return found == "yes"


# ── mutants ─────────────────────────────────────────────────────────────────────────────────────


def spoil(formal: Mapping[str, Json], verdict: int, certificate: str, rng: Random) -> Iterator[str]:
    """Yield countermodels with one thing changed, each of them wrong.

    Each is evaluated: only what no longer makes every claim true is yielded. Of the verdict
    "follows" there are none, since nothing is asked for.
    """
    if verdict == 0:
        return
    inference = read(formal)
    if all(map(is_propositional, inference.claims)):
        names = dict.fromkeys(name for claim in inference.claims for name in atoms(claim))
        values = valuations.valuation(certificate, {name: name for name in names})
        yield from spoiled_valuations(inference.claims, values, rng)
        return
    yield ""  # no domain
    model = text_structures.structure(certificate, inference.claims)
    for changed in _changed(model, rng):
        if not all(structures.satisfies(changed, claim) for claim in inference.claims):
            yield text_structures.show(changed)


def spoiled_valuations(
    claims: Sequence[Formula], values: Mapping[str, bool], rng: Random
) -> Iterator[str]:
    """Yield valuations that make a claim false, and one that gives an atom both values."""
    names = sorted(values)
    rng.shuffle(names)
    for name in names:
        changed = {**values, name: not values[name]}
        if not all(value(claim, changed) for claim in claims):
            yield valuations.show(changed)
    yield f"{valuations.show(values)}, {names[0]}={'F' if values[names[0]] else 'T'}"


def _changed(model: Structure, rng: Random) -> Iterator[Structure]:
    """Yield structures in which one predicate has one tuple more or less, or one constant moves."""
    for name, extension in sorted(model.predicates.items()):
        arity = len(next(iter(extension), ()))
        if not extension:
            continue
        place = tuple(rng.choice(model.domain) for _ in range(arity))
        for tuples in (extension ^ {place}, extension - {min(extension)}, frozenset[_Tuple]()):
            yield replace(model, predicates={**model.predicates, name: tuples})
    for name, element in sorted(model.constants.items()):
        for other in model.domain:
            if other != element:
                yield replace(model, constants={**model.constants, name: other})
