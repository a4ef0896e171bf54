"""Judge whether equations are unifiable, with a most general unifier where they are.

    {x -> f(a), y -> b}     also  x = a, y = b     [x/a, y/b]     {x: a, "y": "b"}
                            a line for each variable, numbered or not; `x = a and y = b`

A substitution is right iff it makes both sides of every equation the same and is most general: any
mgu will do, whatever it calls the variables that are left. All terms are put in at once. One that
is right only when it is applied again and again ("triangular": {x -> f(y), y -> a}) is accepted,
but not strictly. That there is no unifier needs no certificate: it is decided.
"""

import re
from collections.abc import Iterator, Mapping
from random import Random

from evalsuite.logic.flaws import LogicError
from evalsuite.logic.limits import Limits
from evalsuite.logic.syntax import Function, Substitution, Term, Variable, subterms
from evalsuite.logic.text import reading
from evalsuite.logic.unify import Failure, mgu, most_general, unifies
from evalsuite.logic.writing import show_term
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified
from evalsuite.scorers._certified import Checked, refused

Equations = tuple[tuple[Term, Term], ...]

_LIMITS = Limits(characters=20_000, size=4_000)
_LONGEST = 20_000  # characters that are looked at
_BRACES = re.compile(r"\{[^{}]*\}")
_SQUARE = re.compile(r"\[[^\[\]]*\]")
_HEAD = re.compile(
    r"^[^\n{\[]{0,40}?(?:mgu|unifier|unificador|substitution|substituição|σ|θ)"
    r"(?:\s{1,9}(?:is|é)(?!\w)\s{0,9}:?|\s{0,9}[:=])",
    re.IGNORECASE,
)
_AND = re.compile(r"(?<=[\w)}\]])\s{0,9},?\s{1,9}(?:and|e)\s{1,9}(?=\w)")  # between two bindings
_EMPTY = frozenset({"{}", "[]", "∅", "ε", "empty", "vazia", "identity", "identidade"})
_LATEX = {
    r"\mapsto": "->",
    r"\to": "->",
    r"\leftarrow": "<-",
    r"\{": "{",
    r"\}": "}",
    r"\,": " ",
    r"\;": " ",
    "$": " ",
    "↦": "->",
    "`": " ",
    "**": " ",
}
_COLON = re.compile(r":(?!=)")
_LIST = re.compile(r"^\s*(?:\(?\d{1,3}[.):]|[-*•])\s+")
_STRANGER = "k0"  # a constant; the mutants make sure that no equation has it


def score(question: Question, response: Response) -> Score:
    """Judge a verdict and, for `unifiable`, the unifier that stands before it.

    Raises:
        SoundnessAlarm: a wrong verdict has a certificate that is accepted.

    """
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Judge a unifier (verdict 0), or that there is none (verdict 1)."""
    try:
        equations = equations_of(formal)
        if verdict != 0:
            return _none(equations)
        found = read(text)
        if found is None:
            return refused("NoSubstitution", "no substitution could be read", readable=False)
        return _judged(found, equations)
    except (LogicError, RecursionError) as error:
        return refused(type(error).__name__, str(error)[:200])


def equations_of(formal: Mapping[str, Json]) -> Equations:
    """Read the problem: `{"equations": [["f(x)", "f(a)"], …]}`.

    Raises:
        SyntaxFlaw: a term cannot be read.

    """
    rows = formal["equations"]
    if not isinstance(rows, list):
        raise TypeError("`equations` is a list of pairs of terms")
    pairs = (row if isinstance(row, list) else [] for row in rows)
    return tuple((reading.term(str(left)), reading.term(str(right))) for left, right in pairs)


def read(text: str) -> Substitution | None:
    """Read the last substitution of a text, whatever its brackets; `None` where there is none."""
    plain = text[-_LONGEST:]
    for spelled, meant in _LATEX.items():
        plain = plain.replace(spelled, meant)
    for candidate in _candidates(plain):
        if candidate.strip().casefold() in _EMPTY:
            return {}
        try:
            found = reading.substitution(candidate, _LIMITS)
        except (LogicError, RecursionError):
            continue
        # `{}` stands for the empty substitution; a text without a binding says nothing.
        if found:
            return found
    return None


def _candidates(text: str) -> Iterator[str]:
    """Yield the parts of a text that may be the substitution, the likeliest first."""
    whole = text.strip()
    yield whole
    yield _bindings(whole)
    for brackets in (_BRACES, _SQUARE):
        groups = brackets.findall(whole)
        yield from groups[-1:]
        yield from (_COLON.sub("=", group.replace('"', " ")) for group in groups[-1:])
    lines = [_LIST.sub("", line).strip(" \t,;.*-") for line in whole.splitlines()]
    yield ", ".join(line for line in lines if line)
    yield ", ".join(line for line in lines if re.match(r"[^\W\d]\w*\s*(?:->|:?=|/|→)", line))
    yield from (_bindings(line) for line in reversed(lines[-8:]) if line)


def _bindings(text: str) -> str:
    return _AND.sub(", ", _HEAD.sub("", text)).strip()


def _none(equations: Equations) -> Checked:
    found = mgu(equations)
    if isinstance(found, Failure):
        return Checked(accepted=True)
    return refused("Unifiable", "the terms have a unifier")


def _judged(found: Substitution, equations: Equations) -> Checked:
    if most_general(found, equations):
        return Checked(accepted=True)
    applied_through = mgu((Variable(name), term) for name, term in found.items())
    if isinstance(applied_through, dict) and most_general(applied_through, equations):
        return Checked(accepted=True, strict=False, message="right when it is applied repeatedly")
    if not unifies(found, equations):
        return refused("NotAUnifier", "the two sides do not become the same")
    return refused("NotMostGeneral", "it unifies, but another is more general")


def spoil(
    formal: Mapping[str, Json],
    verdict: int,
    certificate: str,
    rng: Random,  # noqa: ARG001 - all mutants are tried
) -> Iterator[str]:
    """Yield changed unifiers, each wrong by construction."""
    found = read(certificate) if verdict == 0 else None
    if found is None:
        return
    equations = equations_of(formal)
    sides = [side for equation in equations for side in equation]
    inside = [one for side in sides for one in subterms(side)]
    taken = {one.name for one in inside if isinstance(one, Function)}
    stranger = next(name for at in range(1, 9) if (name := f"{_STRANGER}{at}") not in taken)
    for name in found:
        # The unifier is idempotent, so what is left, σ', does not move `name`, nor what stands for
        # it: were σ' a unifier it would be σδ for some δ, and xσδ = x together with yδ = y for all
        # variables y of xσ cannot be.
        yield _written({other: term for other, term in found.items() if other != name})
        # All symbols of an mgu, but for names of variables, are symbols of the equations.
        yield _written({**found, name: Function(stranger)})
        yield _written({**found, name: Function(stranger, (Variable(name),))})
    stay = {one.name for one in inside if isinstance(one, Variable)} - set(found)
    for name in sorted(stay):
        # A variable that an mgu leaves becomes a constant of no equation: less general.
        yield _written({**found, name: Function(stranger)})


def _written(substitution: Substitution) -> str:
    bindings = ", ".join(f"{name} -> {show_term(term)}" for name, term in substitution.items())
    return f"{{{bindings}}}"
