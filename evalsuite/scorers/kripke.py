"""Judge a verdict on a modal or intuitionistic inference, with a Kripke countermodel.

    worlds: w0, w1
    relation: w0->w0, w0->w1, w1->w1
    w0: P
    w1: none

That the inference does not hold is shown by such a model: its frame has the logic's property, and
in some world (in the one that a line `at: w0` names, where there is one) the premises are true and
the conclusion is false. That it holds needs no certificate here; the tableau prover decides it.

The problem is `{"premises": […], "conclusion": "…", "logic": "S4"}`.

Other spellings are first put as above (`_kripke_spelling`), and what sentences say of the model
must agree with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

from evalsuite.logic import kripke
from evalsuite.logic.flaws import Flaw, LogicError, NoProof, NotACountermodel, UnreadableLine
from evalsuite.logic.formats import worlds
from evalsuite.logic.kripke import Kripke
from evalsuite.logic.limits import Limits, within
from evalsuite.logic.provers import tableau as prover
from evalsuite.logic.syntax import Formula, atoms
from evalsuite.logic.tableau import LOGICS, Logic
from evalsuite.logic.text import reading
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified, _kripke_spelling
from evalsuite.scorers._certified import Checked

_LIMITS = Limits(characters=200_000)
_WORLDS = 50  # of a model that is evaluated
_SHORT = 3  # characters of a name that may be an atom of no formula
_HOLDS, _FAILS = 0, 1  # verdicts


def score(question: Question, response: Response) -> Score:
    """Judge a verdict with its Kripke model; raises as `Scorer.score` does."""
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Judge a countermodel; that the inference holds is decided without one."""
    if verdict == _HOLDS:
        return _decided(formal)
    premises, conclusion, logic = inference(formal)
    try:
        told = read(formal, text)
        flaw = countermodel_flaw(told, premises, conclusion, logic)
    except Flaw as caught:
        return _refused(caught, readable=not isinstance(caught, NoProof))
    except LogicError as caught:
        return _refused(caught, readable=True)
    if flaw is not None:
        return Checked(accepted=False, flaw=NotACountermodel.__name__, message=flaw)
    return Checked(accepted=True)


# ── reading ─────────────────────────────────────────────────────────────────────────────


def read(formal: Mapping[str, Json], text: str) -> worlds.Told:
    """Read the last model of a text as it is judged.

    Raises:
        LogicError: there is none that can be read.

    """
    premises, conclusion, logic = inference(formal)
    names = {name for one in (*premises, *_given(conclusion)) for name in atoms(one)}
    return _read(text, names, ordered=logic == "intuitionistic")


def _read(text: str, names: set[str], *, ordered: bool) -> worlds.Told:
    """Read the last model of a text; raises as `worlds.read` does."""
    within(len(text), _LIMITS.characters, "characters")
    claims: list[_kripke_spelling.Claim] = []
    rows = list(_kripke_spelling.spelled(text.splitlines(), names, claims, ordered=ordered))
    try:
        told = worlds.read("\n".join(row for _, row in rows), _LIMITS)
    except Flaw as flaw:
        if flaw.line is not None:
            flaw.line = rows[flaw.line - 1][0]
        raise
    model = told.model
    for true in model.valuation.values():
        if not true.isdisjoint(model.worlds):
            raise UnreadableLine(f"world `{min(true & {*model.worlds})}` is listed as an atom")
        strange = next((one for one in sorted(true - names) if len(one) > _SHORT), None)
        if strange is not None:
            raise UnreadableLine(f"`{strange}` is no atom of the problem")
    for claim in claims:
        if not claim.agrees(model):
            raise UnreadableLine(f"it says otherwise of `{claim.world}`", line=claim.line)
    return told


# ── mutants ─────────────────────────────────────────────────────────────────────────────────────


def spoil(
    formal: Mapping[str, Json],
    verdict: int,
    certificate: str,
    rng: Random,
) -> Iterator[str]:
    """Yield Kripke models that are close to an accepted one and are no countermodels."""
    if verdict == _HOLDS:
        return
    premises, conclusion, logic = inference(formal)
    model = worlds.read(certificate).model
    # An arrow to a world that the model does not have.
    yield certificate.replace("relation: ", f"relation: {model.worlds[0]}->elsewhere, ")
    # No world at all, no relation, no model.
    yield "worlds:\nrelation: none"
    yield f"worlds: {', '.join(model.worlds)}"
    yield ""
    # A frame that loses its logic's property with one arrow: `frame_flaw` looks at the frame alone.
    for pair in rng.sample(sorted(model.relation), min(4, len(model.relation))):
        changed = replace(model, relation=model.relation - {pair})
        if kripke.frame_flaw(changed, logic) is not None:
            yield worlds.show(changed)
    # Another value of one atom in one world, with which no world has premises and no conclusion.
    names = sorted({name for one in (*premises, *_given(conclusion)) for name in atoms(one)})
    for world in model.worlds:
        for name in names:
            values = {**model.valuation, world: model.valuation[world] ^ {name}}
            changed = replace(model, valuation=values)
            if not any(_refutes(changed, one, premises, conclusion, logic) for one in model.worlds):
                yield worlds.show(changed)


def inference(
    formal: Mapping[str, Json],
) -> tuple[tuple[Formula, ...], Formula | None, Logic]:
    """Return a formal problem's premises, conclusion and logic; classical where it says none."""
    premises, conclusion = formal.get("premises"), formal.get("conclusion")
    told = formal.get("logic") or "classical"
    logic = next((one for one in LOGICS if one == told), None)
    if logic is None:
        raise ValueError(f"no logic `{told}`")
    texts = premises if isinstance(premises, list) else []
    return (
        tuple(reading.formula(str(text)) for text in texts),
        None if conclusion is None else reading.formula(str(conclusion)),
        logic,
    )


def countermodel_flaw(
    told: worlds.Told, premises: tuple[Formula, ...], conclusion: Formula | None, logic: Logic
) -> str | None:
    """Say why a model is no countermodel; `None` where it is one.

    Raises:
        LogicError: it cannot be evaluated.

    """
    model = told.model
    if len(model.worlds) > _WORLDS:
        return f"{len(model.worlds)} worlds, at most {_WORLDS} are evaluated"
    broken = kripke.frame_flaw(model, logic)
    if broken is not None:
        return broken
    places = model.worlds if told.at is None else (told.at,)
    if any(_refutes(model, place, premises, conclusion, logic) for place in places):
        return None
    if told.at is None:
        return "in no world are the premises true and the conclusion false"
    return f"in `{told.at}` a premise is false or the conclusion is true"


def _refutes(
    model: Kripke,
    world: str,
    premises: tuple[Formula, ...],
    conclusion: Formula | None,
    logic: Logic,
) -> bool:
    return kripke.is_countermodel(model, world, premises, conclusion, logic)


def _given(conclusion: Formula | None) -> tuple[Formula, ...]:
    return () if conclusion is None else (conclusion,)


def _decided(formal: Mapping[str, Json]) -> Checked:
    premises, conclusion, logic = inference(formal)
    if isinstance(prover.prove(premises, conclusion, logic), prover.Closed):
        return Checked(accepted=True)
    return Checked(accepted=False, flaw="", message="that it holds cannot be shown")


def _refused(flaw: LogicError, *, readable: bool) -> Checked:
    return Checked(
        accepted=False,
        readable=readable,
        flaw=type(flaw).__name__,
        message=flaw.message if isinstance(flaw, Flaw) else str(flaw),
        line=flaw.line if isinstance(flaw, Flaw) else None,
    )
