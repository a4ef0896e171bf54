"""What a line of a tableau says it comes from, as it is written after the formula.

    premise   negated goal   conclusão   1   [from 1]   (T&, 1)   α 1   β(2)   de 1   3 {x->a}
    ∀ 3, x := a   1 (new c)   by modus ponens 1, 2

The justification is the longest end of a line of which every word is one of those that can stand
in one, and that begins as one does; what is before it is the formula.
"""

import re
from dataclasses import dataclass
from functools import cache

from evalsuite.logic.elaborators.lines import label_of

_LONGEST = 200  # characters of a justification

_TERM = r"[A-Za-z]\w*'*(?:\((?:[^()]|\([^()]*\))*\))?"
_SIGNS = r"(?:<->|↔|->|→|⊃|&&?|∧|\|\|?|∨|~|¬|∀|∃|□|◇|\[\]|<>)"
_SIGN = rf"(?:[TFV]?\s?{_SIGNS}{{1,2}}[TFEI]?(?![A-Za-z(]))"
_RULE_NAME = re.compile(
    rf"(?:^|(?<=\s))(?:(?P<signed>[TFV]{_SIGNS}{{1,2}}|{_SIGNS}{{1,2}}[TF])|{_SIGNS}{{1,2}}[EI]?)$"
)
_TOLD = ("mapped", "braced", "fresh", "taken", "said", "replacing")
_ARTICLE = r"(?:(?-i:the|an?|o|a|uma?)\s+)?"
_SAYS = r"is|é|replaced|becomes|substitu[ií]d[ao]"  # after a term: something of it
_TO_TAKE = r"with|using|for|com|usando|para|take|let"
# What the words of a justification say. Articles are told from atoms by being small.
_WORDS = {
    # A rule that tableaux do not have.
    "rule": r"modus\s+(?:ponens|tollens)|(?-i:MP|MT|HS|DS|LEM)|resolution|resolução|cut|corte"
    r"|de\s+morgan|lemma|lema|tautolog(?:y|ia)|(?:hypothetical |disjunctive )?syllogism|silogismo"
    r"|contraposi(?:tion|tive|ção)|excluded\s+middle|terceiro\s+exclu[ií]do"
    r"|equivalence|equivalência|simplification",
    "goal": r"(?:[¬~](?=\w)|(?:negated|negation\s+of|denial\s+of|denied|neg\.?"
    rf"|nega[çc][ãa]o\s+d[aeo])\s*{_ARTICLE})?"
    r"(?:goal|conclusion|query|thesis|conclus[ãa]o|objetivo|tese|meta)"
    r"(?:\s+(?:negad[oa]|negated|falsa))?|refutation\s+(?:assumption|hypothesis)"
    r"|nega(?:mos|ndo)\s+a\s+(?:conclusão|tese)|a\s+(?:provar|refutar)|to\s+(?:prove|refute)",
    "premise": r"premis(?:e|es|s|sa|sas)|prem?\.?|given|assum(?:ption|ed?(?:\s+(?:true|false))?)"
    r"|hypothes[ie]s|hip[óo]tese|dad[ao]|suposi[çc][ãa]o|axiom",
    "new": rf"(?:(?:{_TO_TAKE})\s+)?{_ARTICLE}(?:new|fresh|nov[ao])"
    r"(?:\s+(?:constant|constante|parameter|par[âa]metro|name|nome))?"
    r"(?:\s*:?\s*(?P<fresh>(?-i:[a-z])\w*'*))?",
    "declared": rf"(?:where\s+|onde\s+)?(?P<said>(?-i:[a-z])\w*'*)\s+(?:is|é)\s+{_ARTICLE}"
    r"(?:new|fresh|nov[ao])(?:\s+(?:constant|constante))?(?:\s+nov[ao])?",
    "purpose": r"for\s+(?:the\s+sake\s+of\s+)?(?:a\s+)?(?:contradiction|refutation|reductio)"
    r"|por\s+absurdo",
    "with": rf"(?:{_TO_TAKE}|instantiat(?:e|ed|ing)\s+(?:with|to|at)|inst(?:ância|anciando)?\s+com)"
    rf"\s+(?:[a-z]\w*\s*(?::=|=|->|→|↦|/)\s*)?(?P<taken>{_TERM})",
    "instead": r"[a-z]\w*\s+(?:replaced\s+by|becomes|substitu[ií]d[ao]\s+por)\s+"
    rf"(?P<replacing>{_TERM})",
    "link": r"from|by|pel[ao]s?|lines?|steps?|nodes?|rules?|via|de|por|linhas?|passos?|n[óo]s?"
    r"|regras?|[∀∃]-?(?:inst\w*|elim\w*|rule)|appl(?:y|ied|ying)|aplica(?:da|do|ndo|r|mos)|expan(?:d|ded|sion|são)"
    r"|decompos(?:e|ed|ition|ição)"
    r"|(?:left|right|first|second|other)\s+(?:branch|part|side|component|disjunct|conjunct)"
    r"|alpha|beta|gamma|delta|[αβγδνπ]"
    r"|(?:double\s+)?negation|(?:dupla\s+)?nega[çc][ãa]o|conjun(?:ction|ção)|disjun(?:ction|ção)"
    r"|implica(?:tion|ção)|(?:bi)?condi(?:tional|cional)|universal|existen(?:tial|cial)"
    r"|instan(?:ce|tiation|ciação)|elimina(?:tion|ção)|split(?:ting)?|branch(?:ing)?\s+(?:on|of)",
    # What may stand further on, and does not begin a justification.
    "inner": r"to|on|of|the|and|or|not|e|da|do|em|na|no|left|right|esquerda|direita|again"
    r"|novamente|negated|negad[oa]|constant|constante|term|termo|side|parte?|component|branch|ramo"
    r"|à|às|ao|esquerdo|direito"
    r"|new|world|mundo",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Justification:
    """What the end of a line says.

    Attributes:
        origin: "premise", "goal" or `None`.
        labels: the lines named, each once.
        unknown: a rule that tableaux do not have; `None` where none is named.
        terms: what is said to stand for a variable, one pair for each: the sides as written.

    """

    origin: str | None
    labels: tuple[str, ...]
    unknown: str | None
    terms: tuple[tuple[str | None, str], ...]


NONE = Justification(origin=None, labels=(), unknown=None, terms=())


def candidates(
    text: str, prefixes: frozenset[str] = frozenset()
) -> tuple[tuple[str, Justification], ...]:
    """Return the ways to split a line into its formula and its justification, the likely first.

    The justification may be missing. `prefixes` are the letters that numbers begin with (`L3`).
    """
    text = text.rstrip(" \t.;,")
    start = max(0, len(text) - _LONGEST)
    ends = _ends(text, start, prefixes)
    for at in range(start, len(text)):
        if at in ends and text[:at].strip() and _may_begin(text, at, prefixes):
            formula, told = _formula(text[:at]), _read(text[at:], prefixes)
            # `T B  ~F 1`: the name of the rule could be part of the formula.
            named = _RULE_NAME.search(formula, max(0, len(formula) - _LONGEST))
            if named is None:
                return ((formula, told),)
            whole, short = (formula, told), (_formula(formula[: named.start()]), told)
            return (short, whole) if named["signed"] else (whole, short)
    return ((text, NONE),)


def _formula(text: str) -> str:
    # `-` is a negation unless it stands apart.
    return text.rstrip(" \t,;:–—-" if text[-1:].isspace() else " \t,;:")


def _ends(text: str, start: int, prefixes: frozenset[str]) -> set[int]:
    """Return the places from which words of a justification reach to the end."""
    token, ends = _tokens(prefixes)[0], {len(text)}
    for at in range(len(text) - 1, start - 1, -1):
        match = token.match(text, at)
        if match is not None and match.end() in ends:
            ends.add(at)
    return ends


def _may_begin(text: str, at: int, prefixes: frozenset[str]) -> bool:
    before = text[at - 1] if at else " "
    if not (before.isspace() or text[at] in "[{"):
        return False
    return _tokens(prefixes)[1].match(text, at) is not None


@cache
def _tokens(prefixes: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return a pattern for any word of a justification, and for how one begins."""
    letters = f"[{''.join(sorted(prefixes))}]?" if prefixes else ""
    arrow = rf"[A-Za-z]\w*'*\s*(?:->|→)\s*(?P<mapped>{_TERM})(?![\w(])"
    label = (
        rf"(?P<label>{letters}\d{{1,9}}[a-z]?'?)(?![\w.]|\s*:=)"
        rf"(?:[\s,;:(\[]+(?:{arrow}|(?!e\s+\d)(?-i:[a-z]\d{{0,3}}'*)(?![\w(]|\s*(?:[:=/↦]|->|→)"
        rf"|\s+(?:{_SAYS}))))?"
    )
    words = {kind: f"(?P<{kind}>(?:{words})(?!\\w))" for kind, words in _WORDS.items()}
    braced = rf"\{{\s*(?:[A-Za-z]\w*'*\s*(?:->|→|↦|:=|=|/)\s*(?P<braced>{_TERM})\s*)?\}}"
    stated = rf"(?P<old>{_TERM})\s*(?P<by>:=|↦|=|/)\s*(?P<term>{_TERM})(?![\w(])"
    space = r"(?:[\s,;:.()\[\]–—]|-(?!>))+"
    branch = r"\[?0(?:\.\d{1,9})+\]?"
    some = "|".join((space, branch, label, braced, stated, *words.values(), _SIGN))
    del words["inner"]
    first = rf"[(\[]*(?:{'|'.join((label, braced, stated, *words.values()))})|[(\[]+{_SIGN}"
    return re.compile(some, re.IGNORECASE), re.compile(first, re.IGNORECASE)


def _read(text: str, prefixes: frozenset[str]) -> Justification:
    token, at = _tokens(prefixes)[0], 0
    labels: list[str] = []
    terms: list[tuple[str | None, str]] = []
    origin = unknown = None
    while at < len(text):
        match = token.match(text, at)
        if match is None:
            break
        at = match.end()
        found = match.groupdict()
        if found["label"]:
            labels.append(label_of(found["label"]))
        if found["term"]:
            terms.append((found["old"] if found["by"] == "/" else None, found["term"]))
        terms += [(None, found[one]) for one in _TOLD if found[one]]
        origin = origin or next((kind for kind in ("goal", "premise") if found[kind]), None)
        unknown = unknown or found["rule"]
    return Justification(
        origin=origin,
        labels=tuple(dict.fromkeys(labels)),
        unknown=unknown,
        terms=tuple(dict.fromkeys(terms)),
    )
