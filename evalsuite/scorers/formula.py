"""Judge a formula that is asked for: by its form, and by what it means.

The formal problem has `formula`, as text, and `form`:

    nnf, cnf, dnf      in that form, and equivalent; with no other atoms
    tseitin            clauses of at most three literals that have the formula's models, but for
                       the values of new atoms
    prenex             in that form, and equivalent
    skolem, clausal    in that form, with the formula's models but for new function symbols
    equivalent         any formula that is equivalent

Every right answer is accepted, not one that is ready alone; what solvers leave undecided is
refused. A letter's case is ink where it tells no two atoms apart; so are square brackets for round
ones, and clauses in lines of their own, between commas or semicolons, or in braces, in the place of
their conjunction. Literals alone between commas are not read: they may be one clause.
"""

import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Final, TypeAlias, get_args

from evalsuite.logic import canonical, forms, normal, smt
from evalsuite.logic.canonical import Node, formula_tree
from evalsuite.logic.clauses import Clause
from evalsuite.logic.flaws import LogicError, NoProof, SyntaxFlaw, TooLarge
from evalsuite.logic.forms import Form
from evalsuite.logic.limits import Limits, within
from evalsuite.logic.negations import symbols
from evalsuite.logic.normal import clauses_of, formula_of
from evalsuite.logic.semantics import valuations, value
from evalsuite.logic.syntax import (
    Atom,
    Formula,
    Not,
    Truth,
    atoms,
    free_variables,
    is_propositional,
    leaves,
    predicates,
    rename,
    with_parts,
)
from evalsuite.logic.text import reading
from evalsuite.logic.writing import show
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified
from evalsuite.scorers._certified import Checked, refused
from evalsuite.scorers.clauses import parted

_LIMITS: Final = Limits(characters=20_000, steps=500, depth=100, size=2_000)
_MILLISECONDS = 4_000  # for z3, each way
_SMALL = 120  # symbols of an answer that is compared with our own form
_MOST_NEW = 40  # atoms of Tseitin's form
_WIDEST = 3  # literals of a clause of Tseitin's form
_FEW = 6  # atoms of formulas whose mutants are evaluated
_HEAD = re.compile(
    r"^\s*(?:(?:the|an?|o|a|uma?)\s)?(?:equivalent\s)?"
    r"(?:nnf|cnf|dnf|fnn|fnc|fnd|prenex form|formula|fórmula)"
    r"(?:\s(?:in|em)\s(?:nnf|cnf|dnf|fnn|fnc|fnd|\w{6,12}\snormal\sform|forma\snormal\s\w{6,12}))?"
    r"(?:\s(?:is|é)(?!\w)\s*[:=]?|\s*[:=])\s*",
    re.IGNORECASE,
)
# What may stand behind a formula: `(which is in CNF)`, `. Each clause …`.
_REMARK = re.compile(
    r"(?:\s\((?=[^()]*[^\W\d_]{3})[^()]*\)|\.\s+[^\W\d_][^\W_]+\s.*)\s*\.?$", re.DOTALL
)
_EQUALS = re.compile(r"\s=\s|[≡⟺]|\\equiv(?![a-zA-Z])")
_LIST = re.compile(r"^\s*(?:[-•*]|\d{1,3}[.)])\s+")
_SET = re.compile(r"^\{\s*\{.*\}\s*\}$", re.DOTALL)
_BRACED = re.compile(r"\{[^{}]*\}")
_BOX = re.compile(r"\[\s*\]|\\[\[\]]")
_TOKEN = re.compile(r"(?P<open>[({\[])|(?P<close>[)}\]])|(?P<between>[,;])")
_BETWEEN = re.compile(r"(?:[\s,;&∧{}]|\\land|\\wedge|and(?!\w)|e(?!\w))*")

_Wanted: TypeAlias = Form | str


def score(question: Question, response: Response) -> Score:
    """Judge the formula that is the answer."""
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:  # noqa: ARG001
    """Say whether the text is a formula of that form that means the same."""
    wanted, given = str(formal["form"]), reading.formula(str(formal["formula"]))
    try:
        answer = _spelled_as(given, _answer(_notated(given, _without_echo(given, text)), wanted))
    except LogicError as error:
        unread = isinstance(error, NoProof | TooLarge | SyntaxFlaw)
        message = str(error).partition("\n")[0]
        return refused(type(error).__name__, message, readable=not unread)
    try:
        within(symbols(answer), _LIMITS.size, "symbols of a formula")
        return _judged(wanted, given, answer)
    except LogicError as error:
        return refused(type(error).__name__, str(error))


# ── the answer ──────────────────────────────────────────────────────────────────────────────────


def _answer(text: str, wanted: _Wanted) -> Formula:
    """Read a formula; what is made of clauses may be a list or a set of them, too."""
    within(len(text), _LIMITS.characters, "characters")
    text = _HEAD.sub("", _inked(text))
    if not text:
        raise NoProof("there is no formula")
    try:
        return _read(text, wanted)
    except SyntaxFlaw as flaw:
        bare = _inked(_REMARK.sub("", text))
        if bare in {"", text}:
            raise
        try:
            return _read(bare, wanted)
        except SyntaxFlaw:
            raise flaw from None


def _read(text: str, wanted: _Wanted) -> Formula:
    clauses = _clauses(text) if wanted in {"cnf", "tseitin", "clausal"} else None
    if clauses is not None:
        return formula_of(clauses)
    return reading.formula(_unsquared(text), _LIMITS)


def _clauses(text: str) -> list[Clause] | None:
    """Read a set or a list of clauses; `None` where the text is neither."""
    plain = _unsquared(text, *("{}" if text.startswith("[") and text.endswith("]") else "()"))
    try:
        rows = _clause_texts(plain)
        within(len(rows), _LIMITS.steps, "clauses")
        clauses = [reading.clause(row, _LIMITS) for row in rows]
    except (NoProof, SyntaxFlaw):
        if _is_set(text):
            raise
        return None
    if _is_set(plain):
        return clauses
    is_list = "\n" in text or ";" in text or any(len(clause) > 1 for clause in clauses)
    return clauses if is_list and len(clauses) > 1 else None


def _unsquared(text: str, opening: str = "(", closing: str = ")") -> str:
    """Put other brackets for square ones, where these are no boxes of modal logic nor LaTeX."""
    return text if _BOX.search(text) else text.replace("[", opening).replace("]", closing)


def _without_echo(given: Formula, text: str) -> str:
    """Return what is said to be equivalent to the given formula: `B` of `A ≡ B`."""
    first, *others = _EQUALS.split(_inked(text[: _LIMITS.characters + 1]))
    try:
        if others and reading.formula(_inked(first), _LIMITS) == given:
            return others[-1]
    except LogicError:
        pass
    return text


def _notated(given: Formula, text: str) -> str:
    """Put `∀x[Px → Rxy]` as `∀x[P(x) → R(x, y)]`; in first-order problems only."""
    if is_propositional(given) or len(text) > _LIMITS.characters:
        return text
    for name, arity in predicates(given):
        if arity and len(name) == 1:
            said = r", ".join(f"\\{place}" for place in range(1, arity + 1))
            found = rf"(?<![\w'\\]){re.escape(name)}{'([a-z])' * arity}(?![\w'(])"
            text = re.sub(found, rf"{name}({said})", text)
    return text


def _inked(text: str) -> str:
    """Take off what Markdown and LaTeX put around a formula."""
    text = text.strip().strip("`$").strip()
    for opening, closing in (("**", "**"), (r"\(", r"\)"), (r"\[", r"\]")):
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening):
            text = text[len(opening) : -len(closing)].strip()
    return text.strip("`$").strip()


def _is_set(text: str) -> bool:
    return _SET.match(text) is not None or (text.startswith("{") and text.endswith("}"))


def _clause_texts(text: str) -> list[str]:
    """Return the clauses as texts.

    Raises:
        NoProof: of a set, something stands outside the braces of its clauses.

    """
    if _is_set(text):
        if _BETWEEN.fullmatch(_BRACED.sub("", text)) is None:
            raise NoProof("what stands between the clauses is none")
        return _BRACED.findall(text)
    lines = [_LIST.sub("", row) for row in text.splitlines()]
    rows = [row.strip(" \t,;&∧") for line in lines for row in parted(line, _TOKEN)]
    return [row for row in rows if row]


def _spelled_as(given: Formula, answer: Formula) -> Formula:
    """Give the answer's atoms the case that the formula's have, where that tells none apart."""
    if not (is_propositional(given) and is_propositional(answer)):
        return answer
    return rename(answer, _certified.known_spelling(atoms(answer), atoms(given)))


# ── its form and its meaning ────────────────────────────────────────────────────────────────────


def _judged(wanted: _Wanted, given: Formula, answer: Formula) -> Checked:
    flaw = _form_flaw(wanted, answer)
    if flaw is not None:
        return refused("WrongForm", flaw)
    new = [name for name in atoms(answer) if name not in atoms(given)]
    if wanted == "tseitin":
        within(len(new), _MOST_NEW, "new atoms")
    elif new and is_propositional(given):
        return refused("NewAtom", f"`{new[0]}` is no atom of the formula")
    match _same(wanted, given, answer):
        case "yes":
            return Checked(accepted=True)
        case "no":
            return refused("NotEquivalent", "it does not mean the same")
        case _:
            return refused("NotDecided", "no solver finds whether it means the same")


def _form_flaw(wanted: _Wanted, answer: Formula) -> str | None:
    if wanted == "tseitin":
        flaw = forms.form_flaw("cnf", answer)
        if flaw is not None:
            return flaw
        widest = max(map(len, clauses_of(answer)), default=0)
        return f"a clause has {widest} literals" if widest > _WIDEST else None
    return next((forms.form_flaw(one, answer) for one in get_args(Form) if one == wanted), None)


def _same(wanted: _Wanted, given: Formula, answer: Formula) -> smt.Answer:
    match wanted:
        case "tseitin":
            return forms.is_definitional(answer, given)
        case "skolem" | "clausal":
            if _is_ours(wanted, given, answer):
                return "yes"
            return forms.is_skolemisation(answer, given, milliseconds=_MILLISECONDS)
        case _:
            if free_variables(answer) - free_variables(given):
                return "no"
            return forms.same_meaning(given, answer, milliseconds=_MILLISECONDS)


def _is_ours(wanted: _Wanted, given: Formula, answer: Formula) -> bool:
    """Say whether an answer is what our own functions make of the formula, but for names and order.

    So it is accepted where z3 would not come to an end.
    """
    if symbols(answer) > _SMALL:
        return False
    made = normal.skolem(given) if wanted == "skolem" else formula_of(normal.clausal([given]))

    def beside(form: Formula) -> str:
        return canonical.form(Node("", (formula_tree(given), formula_tree(form))))

    return beside(made) == beside(answer)


# ── mutants ─────────────────────────────────────────────────────────────────────────────────────


def spoil(formal: Mapping[str, Json], verdict: int, certificate: str, rng: Random) -> Iterator[str]:  # noqa: ARG001
    """Yield formulas that are wrong.

    The formula itself where it is not in the form; the answer's negation, which no formula is
    equivalent to; a contradiction, or answers with one literal changed, where a truth table shows
    that they have other models.
    """
    wanted, given = str(formal["form"]), reading.formula(str(formal["formula"]))
    if _form_flaw(wanted, given) is not None:
        yield show(given)
    answer = _answer(certificate, wanted)
    if wanted not in {"skolem", "clausal"}:  # of these, the negation's symbols are new ones, too
        yield show(Not(answer))
    yield ""
    if not is_propositional(given) or len(atoms(given)) > _FEW:
        return
    rows = list(valuations(atoms(given)))
    if any(value(given, row) for row in rows):
        yield show(Truth(value=False))
    if wanted == "tseitin":
        return
    places = range(len(leaves(answer)))
    for place in rng.sample(places, min(3, len(places))):
        changed = _flipped(answer, [place])
        if any(value(changed, row) != value(given, row) for row in rows):
            yield show(changed)


def _flipped(formula: Formula, countdown: list[int]) -> Formula:
    """Change the sign of the atom at a place, from left to right."""
    if isinstance(formula, Not) and isinstance(formula.body, Atom):
        countdown[0] -= 1
        return formula.body if countdown[0] == -1 else formula
    if isinstance(formula, Atom):
        countdown[0] -= 1
        return Not(formula) if countdown[0] == -1 else formula
    return with_parts(formula, lambda part: _flipped(part, countdown))
