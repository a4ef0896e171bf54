"""Read what a line of a refutation says it follows from, in the words that models use.

    [given]   (premise)   given   premissa   C3   negated conclusion
    [1,2]   (1, 2)   from 1 and 2   res 1 2   resolve(1,2)   Resolution of 1, 2 on P   de 1 e 2
    [factor 3]   fator 3   [1,2] {x -> a}   [1, 2; x/a]   {a/x}   1,2 with x := f(y)

Every word has to be known: what has others in it is no justification.
"""

import re
from dataclasses import dataclass

from evalsuite.logic.elaborators.lines import label_of
from evalsuite.logic.flaws import SyntaxFlaw
from evalsuite.logic.limits import DEFAULT, Limits
from evalsuite.logic.syntax import Atom, Substitution
from evalsuite.logic.text import reading

LONGEST = 500  # characters of a justification


@dataclass(frozen=True, slots=True, kw_only=True)
class Justification:
    """What a line says it follows from; see `proofs.ClauseLine`."""

    rule: str | None
    parents: tuple[str, ...] = ()
    substitutions: tuple[Substitution, ...] = ()
    pivot: Atom | None = None


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GIVEN = _words(
    "given givens premise premises hypothesis hypotheses assumption axiom input original goal query"
    " conclusion negated negation initial kb problem thesis theorem"
    " dada dado dadas premissa premissas hipótese hipotese axioma objetivo conclusão conclusao"
    " negada negado negação negacao enunciado inicial tese teorema"
)
_RESOLVE = _words(
    "res resolve resolved resolves resolving resolution resolvent resolver resolvendo resolução"
    " resolucao resolvente resolv binary br"
)
_FACTOR = _words(
    "factor factors factoring factored factorization factorisation fact merge merged merging"
    " simplify simplified fator fatorar fatorando fatoração fatoracao"
)
_INSTANCE = _words(
    "instance instantiate instantiated instantiating instantiation copy copied repeat repeated"
    " reiterate reiteration rename renamed renaming"
    " instância instancia instanciar instanciação instanciacao cópia copia repetição repeticao"
)
_FILLING = _words(
    "from by of via using with the a an and e on to in we get line lines step steps clause clauses"
    " number no nos unit rule applying apply applied mgu unifier substitution where since because"
    " new between eq θ σ theta sigma empty contradiction qed unsatisfiable most general"
    " substituting setting taking"
    " de da do das dos em por pela com entre o as os linha linhas passo passos cláusula cláusulas"
    " clausula clausulas regra unificador substituição substituicao vazia contradição contradicao"
    " aplicando usando substituindo fazendo tomando unitária unitaria problema mais geral"
)
_OTHER = _FILLING | _RESOLVE
# A justification may begin with one of these where no bracket or sign does.
STARTS = (
    _GIVEN | _RESOLVE | _FACTOR | _INSTANCE | _words("from by via using de do da por pela")
) - (_words("goal query conclusion fact initial problem kb br inicial thesis theorem tese teorema"))

# Rules of other calculi, which `[1, 2, MP]` could name as a pivot.
_FOREIGN = _words("mp mt hs ds")

_ARROW = r"(?:->|→|↦|⟼|:=|\\to(?![a-z])|\\mapsto|\\rightarrow|/|=|←|<-)"
_SIGN = re.compile(r"[\s,;:.&+()\[\]—–%#←=/<-]+")
_LABELS = re.compile(r"#?(?P<label>[A-Ta-t]{0,2}\d{1,9}[a-m]?'?)(?:\.\d{1,3})?(?!\w)")
_WORD = re.compile(r"[^\W\d_]+'?")
_GROUP = re.compile(r"\{[^{}]*\}|\[[^\[\]]*?" + _ARROW + r"[^\[\]]*\]")
_BOUND = re.compile(r"[u-zA-Z][0-9_']*\s*" + _ARROW)
_PIVOT = re.compile(
    r"(?:on|upon|over|sobre|em|pivot|piv[oô]|cancel(?:l?ing)?)(?!\w)\s*:?\s*"
    r"(?:the\s+|o\s+)?(?:literal|literals|atom|átomo|atomo|predicate)?\s*(?=\w|[~¬!\\-])",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"(?:~|¬|!|-|\\neg|\\lnot|not\s)?\s*(?P<atom>[^\W\d]\w*'*)")
_NUMBERED = re.compile(r"[~¬-]?([1-9]\d{0,8})(?!\w)")
_BESIDES = re.compile(r"\s*(?:/|and|e|,)\s*(?=~|¬|!|-|\\neg|\\lnot|not\s)")


def justification(text: str, limits: Limits = DEFAULT) -> Justification | None:
    """Read a justification; `None` where the text is none."""
    if len(text) > LONGEST or not _is_balanced(text):
        return None
    found = _Found()
    at = 0
    while at < len(text):
        after = _taken(text, at, found, limits)
        if after is None:
            return None
        at = after
    return found.justification()


def _is_balanced(text: str) -> bool:
    return all(text.count(left) == text.count(right) for left, right in ("()", "[]", "{}"))


@dataclass(slots=True)
class _Found:
    """What was found so far."""

    rules: list[str]
    parents: list[str]
    substitutions: list[Substitution]
    pivot: Atom | None

    def __init__(self) -> None:
        self.rules, self.parents, self.substitutions, self.pivot = [], [], [], None

    def justification(self) -> Justification | None:
        """Put together what was found; `None` where that says nothing."""
        named = (one for one in ("resolve", "factor", "instance") if one in self.rules)
        rule: str | None = next(named, None)
        if rule is None and len(self.parents) > 1:
            rule = "resolve"
        parents = tuple(self.parents)
        if rule is None and "given" in self.rules:
            rule, parents = "given", ()
        if rule is None and not parents:
            return None
        return Justification(
            rule=rule,
            parents=parents,
            substitutions=tuple(self.substitutions),
            pivot=self.pivot,
        )


def _taken(text: str, at: int, found: _Found, limits: Limits) -> int | None:
    """Take what stands at this place; return the place after it, `None` where it is not known."""
    if group := _GROUP.match(text, at):
        made = _substitution(group[0][1:-1], limits)
        if made is not None:
            found.substitutions.append(made)
            return group.end()
        if text[at] == "{":
            return None
    if sign := _SIGN.match(text, at):
        # One sign at a time where a group may begin inside.
        return at + 1 if "[" in sign[0] else sign.end()
    if bound := _BOUND.match(text, at):
        return _bindings(text, at, bound.end(), found, limits)
    if label := _LABELS.match(text, at):
        found.parents.append(label_of(label["label"]))
        return label.end()
    if (pivot := _PIVOT.match(text, at)) and (
        (after := _literal(text, pivot.end(), found, limits)) is not None
    ):
        return after
    return _word(text, at, found, limits)


def _word(text: str, at: int, found: _Found, limits: Limits) -> int | None:
    word = _WORD.match(text, at)
    if word is not None:
        name = word[0].lower()
        if name in _FILLING:
            return word.end()
        if name == "r" and not found.parents:
            found.rules.append("resolve")
            return word.end()
        for rule, names in (
            ("given", _GIVEN),
            ("resolve", _RESOLVE),
            ("factor", _FACTOR),
            ("instance", _INSTANCE),
        ):
            if name in names:
                found.rules.append(rule)
                return word.end()
        if name in _FOREIGN:
            return None
    # `[1, 2, P]`: a literal after two lines is the pivot.
    if len(found.parents) > 1 and found.pivot is None:
        after = _literal(text, at, found, limits)
        if after is not None and not text[after:].strip(" )].,;"):
            return after
    return None


def _literal(text: str, at: int, found: _Found, limits: Limits) -> int | None:
    """Take a literal, or `P / ~P`, as the pivot; after two lines a number is one too."""
    number = _NUMBERED.match(text, at)
    if number is not None and len(found.parents) > 1:
        found.pivot = Atom(f"x{number[1]}")
        return number.end()
    signed = _SIGNED.match(text, at)
    if signed is None or (len(signed["atom"]) > 1 and signed["atom"].lower() in _OTHER):
        return None
    end = _after_arguments(text, signed.end())
    try:
        found.pivot = reading.literal(text[signed.start("atom") : end], limits).atom
    except SyntaxFlaw:
        return None
    if besides := _BESIDES.match(text, end):
        other = _SIGNED.match(text, besides.end())
        if other is not None and other["atom"] == signed["atom"]:
            return _after_arguments(text, other.end())
    return end


def _after_arguments(text: str, at: int) -> int:
    """Return the place after the bracket that opens here; this place, where none does."""
    if text[at : at + 1] != "(":
        return at
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] == "(") - (text[end] == ")")
        if depth == 0:
            return end + 1
    return at


def _bindings(text: str, at: int, after: int, found: _Found, limits: Limits) -> int | None:
    """Take `x = f(a)` as it stands among other words."""
    start = after + len(text[after:]) - len(text[after:].lstrip())
    name = re.compile(r"[^\W]\w*'*").match(text, start)
    if name is None:
        return None
    end = _after_arguments(text, name.end())
    made = _substitution(text[at:end], limits)
    if made is None:
        return None
    found.substitutions.append(made)
    return end


def _substitution(text: str, limits: Limits) -> Substitution | None:
    try:
        return reading.substitution(f"{{{text.replace(';', ',')}}}", limits)
    except SyntaxFlaw:
        return None
