"""Judge a verdict on an inference, with a tableau.

That the conclusion follows is shown by a closed tableau:

    1. [0]    T P -> Q   premise
    2. [0]    T P        premise
    3. [0]    F Q        goal
    4. [0.1]  F P        1
    5. [0.2]  T Q        1
    6. [0.1]  x          2,4
    7. [0.2]  x          3,5

That it does not is shown by a countermodel: a tableau with an open branch that claims one
(`open [0.2]: A=F, B=T`), or the countermodel alone: a valuation or a first-order structure as the
scorer `countermodel` reads it, or a Kripke model as the scorer `kripke` reads it.

The problem is `{"premises": […], "conclusion": "…" or null, "logic": "classical"}`. Whether
formulas are signed is read off the text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from random import Random

from evalsuite.logic.elaborators import tableau
from evalsuite.logic.flaws import (
    Flaw,
    NoProof,
    OpenBranch,
    UnreadableLine,
)
from evalsuite.logic.limits import Limits
from evalsuite.logic.proofs import CloseLine, NodeLine, OpenLine, TableauLine, Verdict
from evalsuite.logic.syntax import Formula, Iff, Not, Xor, atoms, is_propositional
from evalsuite.logic.tableau import ROOT, Logic, Signed, extensions, is_absurd, kind
from evalsuite.logic.tableau import Kind as Rule
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified, countermodel, kripke
from evalsuite.scorers._certified import Checked

_LIMITS = Limits(characters=200_000, steps=2_000, depth=100, size=5_000)
_PROVED, _REFUTED = 0, 1  # verdicts
# A remark has a word: `# 2,4` closes a branch.
_REMARK = re.compile(r"(?<=\S)[ \t]+(?:#|//)[ \t]*[^\W\d_]{2}[^\n]*")


def score(question: Question, response: Response) -> Score:
    """Judge a verdict with its tableau; raises as `Scorer.score` does."""
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Judge a closed tableau, or for verdict 1 a countermodel."""
    premises, conclusion, logic = kripke.inference(formal)
    told = tableau.check(premises, conclusion, text, logic, _LIMITS)
    if isinstance(told.flaw, UnreadableLine) and _REMARK.search(text):
        bare = _REMARK.sub("", text)
        told = tableau.check(premises, conclusion, bare, logic, _LIMITS)
    if verdict == _PROVED:
        return _closed(told)
    if told.flaw is None and told.countermodel is not None:
        return Checked(accepted=True, strict=_is_strict(told))
    if logic != "classical":
        return kripke.check(formal, verdict, text)
    if isinstance(told.flaw, NoProof | UnreadableLine) or _is_first_order(premises, conclusion):
        return countermodel.check(formal, verdict, text)
    return _unclaimed(told)


def _is_first_order(premises: Sequence[Formula], conclusion: Formula | None) -> bool:
    return not all(map(is_propositional, _formulas(premises, conclusion)))


def _closed(told: Verdict) -> Checked:
    if told.flaw is None and told.countermodel is None:
        return Checked(accepted=True, strict=_is_strict(told))
    return _judged(told, "an open branch is said to be a countermodel")


def _is_strict(told: Verdict) -> bool:
    return not any(liberty.kind == "logic" for liberty in told.liberties)


def _unclaimed(told: Verdict) -> Checked:
    """Refuse what claims no countermodel; where no line of it is wrong, it is none at all."""
    judged = _judged(told, "the tableau is closed, and claims no countermodel")
    return replace(judged, readable=judged.readable and not isinstance(told.flaw, OpenBranch))


def _judged(told: Verdict, otherwise: str) -> Checked:
    """Refuse a tableau for its flaw, or because it shows something else.

    A text of which not one line could be read is no tableau at all.
    """
    flaw = told.flaw
    if flaw is None:
        return Checked(accepted=False, flaw=OpenBranch.__name__, message=otherwise)
    unread = isinstance(flaw, UnreadableLine) and told.valid_prefix == 0
    return Checked(
        accepted=False,
        readable=not (unread or isinstance(flaw, NoProof)),
        flaw=type(flaw).__name__,
        message=flaw.message if isinstance(flaw, Flaw) else str(flaw),
        line=flaw.line if isinstance(flaw, Flaw) else None,
    )


def _formulas(premises: Sequence[Formula], conclusion: Formula | None) -> tuple[Formula, ...]:
    return tuple(premises) if conclusion is None else (*premises, conclusion)


# ── certificates with a fault ───────────────────────────────────────────────────────────────────


def spoil(formal: Mapping[str, Json], verdict: int, certificate: str, rng: Random) -> Iterator[str]:
    """Yield certificates that are close to an accepted one and wrong for certain."""
    premises, conclusion, logic = kripke.inference(formal)
    if verdict == _REFUTED:
        yield from _spoilt_countermodels(formal, certificate, rng)
        return
    read = tableau.read(certificate)
    lines = list(read.lines)
    given = frozenset(_bare(one, logic) for one in tableau.assumptions(premises, conclusion, logic))
    for place, line in _shuffled(lines, rng):
        for changed in _changes(place, line, lines, given, logic):
            yield tableau.show(changed, signs=read.has_signs)


def _changes(
    place: int,
    line: TableauLine,
    lines: Sequence[TableauLine],
    given: frozenset[Signed],
    logic: Logic,
) -> Iterator[list[TableauLine]]:
    """Yield a closed tableau's lines with something at this place that is wrong for certain."""
    before, after = lines[:place], lines[place + 1 :]
    match line:
        case CloseLine(nodes=nodes):
            # A leaf that nothing closes.
            yield [*before, *after]
            # One line twice, which does not contradict itself.
            if nodes and not any(_is_absurd(lines, node) for node in nodes):
                yield [*before, replace(line, nodes=nodes[:1] * 2), *after]
        case NodeLine(branch=branch):
            # β without one of its alternatives: all on that branch and below it is gone.
            if branch and branch[-1] == 1:
                yield [one for one in lines if one.branch[: len(branch)] != branch]
            # A claim that its source does not give.
            if _turned_is_wrong(line, lines, given, logic):
                turned = replace(line.signed, sign=not line.signed.sign)
                yield [*before, replace(line, signed=turned), *after]
        case OpenLine():
            pass


def _spoilt_countermodels(
    formal: Mapping[str, Json], certificate: str, rng: Random
) -> Iterator[str]:
    """Yield what is no countermodel, as the scorers of countermodels see to it.

    A tableau whose open branch claims a valuation is told with others that are none.
    """
    premises, conclusion, logic = kripke.inference(formal)
    if logic != "classical":
        yield from kripke.spoil(formal, _REFUTED, certificate, rng)
        return
    told = tableau.check(premises, conclusion, certificate, logic, _LIMITS)
    if told.flaw is not None or told.countermodel is None:
        yield from countermodel.spoil(formal, _REFUTED, certificate, rng)
        return
    claims = countermodel.read(formal).claims
    names = {name for claim in claims for name in atoms(claim)}
    read = tableau.read(certificate)
    for values in product((True, False), repeat=len(names)):
        row = dict(zip(sorted(names), values, strict=True))
        if countermodel.failing(claims, row) is not None:
            changed = [
                replace(line, valuation=row) if isinstance(line, OpenLine) else line
                for line in read.lines
            ]
            yield tableau.show(changed, signs=read.has_signs)


def _shuffled(lines: list[TableauLine], rng: Random) -> list[tuple[int, TableauLine]]:
    placed = list(enumerate(lines))
    rng.shuffle(placed)
    return placed


def _is_absurd(lines: Sequence[TableauLine], label: str) -> bool:
    return any(
        isinstance(line, NodeLine) and line.label == label and is_absurd(line.signed)
        for line in lines
    )


def _turned_is_wrong(
    line: NodeLine, lines: Sequence[TableauLine], given: frozenset[Signed], logic: Logic
) -> bool:
    """Say whether a line with its sign turned is nothing that its source gives, for certain.

    It is enough that no component is the turned claim, negations taken away on both sides. But
    `A <-> B` and `A xor B` give `A` with both signs, one on each branch. γ and δ keep the sign, and
    all of their components have one shape.
    """
    turned = _bare(replace(line.signed, sign=not line.signed.sign), logic)
    if line.origin in {"premise", "goal"}:
        return turned not in given
    sources = (one for one in lines if isinstance(one, NodeLine) and one.label == line.origin)
    source = next(sources).signed
    if isinstance(source.formula, Iff | Xor):
        return False
    if kind(source, logic) in {Rule.GAMMA, Rule.DELTA}:
        return True
    added = extensions(source, ROOT, logic)
    return turned not in {_bare(one, logic) for alternative in added for one in alternative}


def _bare(signed: Signed, logic: Logic) -> Signed:
    while logic != "intuitionistic" and isinstance(signed.formula, Not):
        signed = replace(signed, sign=not signed.sign, formula=signed.formula.body)
    return replace(signed, world=())
