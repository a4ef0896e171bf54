"""Say categorical propositions in English, in Portuguese and in symbols."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final, Literal, TypeAlias

from evalsuite.families.syllogisms import _nouns
from evalsuite.families.syllogisms._nouns import Noun
from evalsuite.logic import canonical
from evalsuite.logic.syllogistic import Categorical, Mood, Term, formula
from evalsuite.logic.writing import show
from evalsuite.records import Json

Surface: TypeAlias = Literal["words", "nonce", "symbols"]
Preface: TypeAlias = Literal["direct", "roundabout"]
SURFACES: Final = ("words", "nonce", "symbols")

_ENGLISH: Final[Mapping[Mood, str]] = {
    "A": "all {} are {}",
    "E": "no {} are {}",
    "I": "some {} are {}",
    "O": "some {} are not {}",
}
_PORTUGUESE: Final[Mapping[Mood, tuple[str, str]]] = {
    "A": ("todo {} é {}", "toda {} é {}"),
    "E": ("nenhum {} é {}", "nenhuma {} é {}"),
    "I": ("algum {} é {}", "alguma {} é {}"),
    "O": ("algum {} não é {}", "alguma {} não é {}"),
}
_PREFACES: Final[Mapping[tuple[bool, Preface | None], tuple[str, str]]] = {
    (False, None): ("", ""),
    (True, None): ("it is not the case that ", "não é verdade que "),
    (False, "direct"): ("it is correct to say that ", "é correto dizer que "),
    (True, "direct"): ("it is incorrect to say that ", "é incorreto dizer que "),
    (False, "roundabout"): ("it is not incorrect to say that ", "não é incorreto dizer que "),
    (True, "roundabout"): ("it is not correct to say that ", "não é correto dizer que "),
}


def check_surface(surface: str) -> None:
    """Refuse a surface that there is not.

    Raises:
        ValueError: there is not.

    """
    if surface not in SURFACES:
        raise ValueError(f"`surface`: one of {', '.join(SURFACES)}")


def words(surface: Surface, nouns: Mapping[str, Noun], rng: Random) -> Mapping[str, Noun] | None:
    """Return what terms are called; `None`: by their letters. The draw is the same for all."""
    made_up = rng.sample(_nouns.NONCE, len(nouns))
    if surface == "symbols":
        return None
    return nouns if surface == "words" else dict(zip(sorted(nouns), made_up, strict=True))


def say(one: Categorical, nouns: Mapping[str, Noun] | None, preface: Preface | None = None) -> Json:
    """Say a proposition, after a preface that affirms or denies it; without nouns, in symbols."""
    if nouns is None:
        return show(formula(one))
    subject, predicate = nouns[one.subject.name], nouns[one.predicate.name]
    english = _ENGLISH[one.mood].format(
        _put("non-", one.subject, subject.en), _put("non-", one.predicate, predicate.en)
    )
    portuguese = _PORTUGUESE[one.mood][subject.feminine].format(
        _put("não-", one.subject, subject.pt), _put("não-", one.predicate, predicate.pt)
    )
    before = _PREFACES[one.denied, preface]
    return {"en": _sentence(before[0] + english), "pt": _sentence(before[1] + portuguese)}


def _put(prefix: str, term: Term, noun: str) -> str:
    return noun if term.positive else prefix + noun


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


# ── the same but for names ──────────────────────────────────────────────────────────────────────


def form(
    label: str,
    premises: Sequence[Categorical],
    conclusions: Sequence[Categorical],
    nouns: Mapping[str, Noun],
) -> str:
    """Return a canonical form. What the named terms mean is a part of the problem."""
    return canonical.form(
        canonical.Node(
            label,
            (
                canonical.any_order(map(_tree, premises)),
                canonical.any_order(map(_tree, conclusions)),
                canonical.any_order(
                    canonical.Node(noun.en, (canonical.Leaf(name),)) for name, noun in nouns.items()
                ),
            ),
        )
    )


def _tree(one: Categorical) -> canonical.Tree:
    terms = (
        canonical.Node("T" if term.positive else "F", (canonical.Leaf(term.name),))
        for term in (one.subject, one.predicate)
    )
    return canonical.Node(f"not {one.mood}" if one.denied else one.mood, tuple(terms))


def line(premises: Sequence[Categorical], conclusion: Categorical) -> str:
    """Write an inference on one line."""
    parts = ", ".join(show(formula(one)) for one in premises)
    return f"{parts} |- {show(formula(conclusion))}"
