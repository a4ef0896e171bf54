"""`evalsuite check`: is this proof right, and if not, which line is wrong?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

import typer

from evalsuite.cli import _options, _problems
from evalsuite.cli._console import data, text
from evalsuite.cli._proofs import Calculus, Written, judge, recognise
from evalsuite.logic.flaws import Flaw, NoEmptyClause
from evalsuite.logic.formats.notation import show_valuation
from evalsuite.logic.limits import DEFAULT
from evalsuite.logic.proofs import Liberty, Verdict

Format: TypeAlias = Literal["auto", "text", "anita", "drup", "lrat"]

_NAMED = 8  # how many unused lines are named
_CUT = 200  # characters of a wrong line, or of what is wrong with it, that are shown


def check(
    problem: _problems.Problem,
    proof: _problems.Proof,
    calculus: Annotated[Calculus, typer.Option(help="Which kind of proof it is.")] = "auto",
    logic: _problems.InLogic = None,
    form: Annotated[Format, typer.Option("--format", "-f", help="How it is written.")] = "auto",
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a line that follows, but not by its one step.")
    ] = False,
    as_json: _options.AsJson = False,
    max_characters: _problems.MaxCharacters = DEFAULT.characters,
    max_steps: _problems.MaxSteps = DEFAULT.steps,
    max_depth: _problems.MaxDepth = DEFAULT.depth,
    max_symbols: _problems.MaxSymbols = DEFAULT.size,
    max_name: _problems.MaxName = DEFAULT.name,
) -> None:
    """Check a proof: accept it, or name its first wrong line and say why.

    Exit status: 0 accepted; 1 refused, or no proof but a countermodel; 2 a file or an option that
    cannot be used.

    **Example**

    `evalsuite check problem.txt proof.txt --strict`
    """
    limits = _problems.limits(
        characters=max_characters,
        steps=max_steps,
        depth=max_depth,
        symbols=max_symbols,
        name=max_name,
    )
    stated = _problems.stated(problem, limits, logic)
    written = _problems.proof(proof, problem, limits)
    with _problems.told(proof):
        how = recognise(stated, written, calculus, form)
        verdict = judge(stated, written, how, limits)
    wrong = _wrong(verdict, strict=strict)
    if as_json:
        data(_record(verdict, wrong, how, written))
    else:
        text("\n".join(_shown(verdict, wrong, written)))
    if wrong is not None or verdict.countermodel is not None:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wrong:
    """What a proof is refused for."""

    name: str
    message: str
    line: int | None


def _wrong(verdict: Verdict, *, strict: bool) -> _Wrong | None:
    match verdict.flaw:
        case None:
            pass
        case Flaw(message=message, line=line):
            return _Wrong(name=type(verdict.flaw).__name__, message=_cut(message), line=line)
        case other:
            return _Wrong(name=type(other).__name__, message=str(other), line=None)
    if strict:
        for one in _of("logic", verdict):
            return _Wrong(name="not strict", message=one.message, line=one.line)
    return None


def _of(kind: str, verdict: Verdict) -> Sequence[Liberty]:
    return [one for one in verdict.liberties if one.kind == kind]


# ── for people ──────────────────────────────────────────────────────────────────────────────────


def _shown(verdict: Verdict, wrong: _Wrong | None, written: str) -> list[str]:
    if verdict.countermodel is not None:
        model = show_valuation(verdict.countermodel)
        return [f"no proof, but a countermodel: {model or 'any valuation'}"]
    if wrong is None:
        liberties = [f"  line {one.line}: {one.message}" for one in _of("logic", verdict)]
        return [f"accepted: {_counts(verdict)}", *liberties]
    place = "" if wrong.line is None else f" at line {wrong.line}"
    quoted = [] if wrong.line is None else [f"  {_line(written, wrong.line)}"]
    judged = verdict.flaw is not None and wrong.line is not None
    before = [f"  {_before(verdict)}"] if judged else []
    return [f"refused{place}: {wrong.name}", *quoted, f"  {wrong.message}", *before]


def _counts(verdict: Verdict) -> str:
    """Say how long the proof is, and how it is not as it was asked for."""
    told = [f"{verdict.lines} line{'s' * (verdict.lines != 1)}"]
    if verdict.unused:
        named = ", ".join(verdict.unused[:_NAMED]) + ", …" * (len(verdict.unused) > _NAMED)
        told.append(f"{len(verdict.unused)} unused ({named})")
    counts = {kind: len(_of(kind, verdict)) for kind in ("logic", "ink")}
    told += [
        f"{count} {'liberty' if count == 1 else 'liberties'} of {kind}"
        for kind, count in counts.items()
        if count
    ]
    return ", ".join(told)


def _line(written: str, line: int) -> str:
    """Return a line of the text, cut where it is long."""
    lines = written.splitlines()
    return _cut(lines[line - 1].strip()) if line <= len(lines) else ""


def _cut(told: str) -> str:
    return told if len(told) <= _CUT else f"{told[:_CUT]} …"


def _before(verdict: Verdict) -> str:
    if isinstance(verdict.flaw, NoEmptyClause):
        return "each line is a right step"
    match verdict.valid_prefix:
        case 0:
            return "no line before it is a right step"
        case 1:
            return "the line before it is right"
        case count:
            return f"the {count} lines before it are right"


# ── for programs ────────────────────────────────────────────────────────────────────────────────


def _record(verdict: Verdict, wrong: _Wrong | None, how: Written, written: str) -> dict[str, Any]:
    return {
        "accepted": wrong is None and verdict.countermodel is None,
        "countermodel": None if verdict.countermodel is None else dict(verdict.countermodel),
        "calculus": how.calculus,
        "format": how.form,
        "lines": verdict.lines,
        "right before the flaw": verdict.valid_prefix,
        "unused": list(verdict.unused),
        "liberties": [
            {"kind": one.kind, "line": one.line, "message": one.message}
            for one in verdict.liberties
        ],
        "flaw": None
        if wrong is None
        else {
            "class": wrong.name,
            "line": wrong.line,
            "text": None if wrong.line is None else _line(written, wrong.line),
            "message": wrong.message,
        },
    }
