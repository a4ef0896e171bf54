"""Write formulas in words, English or Brazilian Portuguese, so that they can be meant in one way.

    (P -> Q) & ~R       (if P, then Q) and not R           (se P, então Q) e não R
    P & Q | R           either P and Q, or R               P e Q, ou R
    ~(P & Q)            it is not the case that both       não é o caso que (P e Q)
                        P and Q
    forall x. (A(x) -> exists y. R(x, y))
                        for every x, if A(x), then (there is some y such that R(x, y))
                        para todo x, se A(x), então (existe algum y tal que R(x, y))

Literals and chains of them stand as they are; any other part of a whole is in brackets, but for a
chain in a chain, which a comma sets off. What comes after "for every x," or "it is not the case
that" reaches to the end of its brackets. "or" is inclusive; the exclusive one says "but not both".

A lexicon gives sentences for atoms, with their negations, and names for constants.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Truth,
    Variable,
    Xor,
)

Language: TypeAlias = Literal["en", "pt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """What atoms and constants are called; those that are not in it are written as they are.

    Attributes:
        sentences: for an atom what it says and what its negation says, with `{}` for each
            argument: `("{} is a man", "{} is not a man")`.
        names: for constants.

    """

    sentences: Mapping[str, tuple[str, str]]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phrases:
    """How a language says what the connectives say; `{}` is where a part stands."""

    conjunction: str
    disjunction: str
    both: str  # before two parts with "and", of which one is a chain
    either: str  # before parts with "or", as above
    not_both: str
    not_either: str
    conditional: str
    biconditional: str
    exclusive: str
    no: str  # before an atom
    negation: str
    every: str
    some: str
    necessarily: str
    possibly: str
    truth: str
    falsity: str
    set_off: tuple[str, ...] = ()  # a part that begins so has a comma before it, after "que"


_PHRASES: Mapping[Language, _Phrases] = {
    "en": _Phrases(
        conjunction="and",
        disjunction="or",
        both="both ",
        either="either ",
        not_both="it is not the case that both {}",
        not_either="it is not the case that either {}",
        conditional="if {}, then {}",
        biconditional="{} if and only if {}",
        exclusive="either {} or {}, but not both",
        no="not {}",
        negation="it is not the case that {}",
        every="for every {}, {}",
        some="there is some {} such that {}",
        necessarily="necessarily, {}",
        possibly="possibly, {}",
        truth="a tautology holds",
        falsity="a contradiction holds",
    ),
    "pt": _Phrases(
        conjunction="e",
        disjunction="ou",
        both="",
        either="",  # "ou … ou" is exclusive
        not_both="não é o caso que ({})",
        not_either="não é o caso que ({})",
        conditional="se {}, então {}",
        biconditional="{} se e somente se {}",
        exclusive="ou {} ou {}, mas não ambos",
        no="não {}",
        negation="não é o caso que {}",
        every="para todo {}, {}",
        some="existe algum {} tal que {}",
        necessarily="necessariamente, {}",
        possibly="possivelmente, {}",
        truth="vale uma tautologia",
        falsity="vale uma contradição",
        set_off=("se ", "para todo "),
    ),
}
_BARE = Lexicon(sentences={}, names={})


def words(formula: Formula, language: Language, lexicon: Lexicon = _BARE) -> str:
    """Write a formula in words, without a capital letter or a full stop."""
    return _written(formula, _PHRASES[language], lexicon)


def _written(formula: Formula, phrases: _Phrases, lexicon: Lexicon) -> str:
    def say(part: Formula) -> str:
        return _written(part, phrases, lexicon)

    def part(one: Formula) -> str:
        return say(one) if _is_chain(one) else f"({say(one)})"

    def alone(one: Formula) -> str:
        return say(one) if _is_literal(one) else f"({say(one)})"

    match formula:
        case Atom():
            return _sentence(formula, lexicon, positive=True)
        case Truth(value):
            return phrases.truth if value else phrases.falsity
        case Not(Atom() as atom):
            known = atom.name in lexicon.sentences
            sentence = _sentence(atom, lexicon, positive=False)
            return sentence if known else _put(phrases.no, sentence)
        case Not(body):
            return _negated(body, phrases, say)
        case And():
            return _chained(formula, phrases.conjunction, phrases.both, say)
        case Or():
            return _chained(formula, phrases.disjunction, phrases.either, say)
        case Implies(left, right):
            return _put(phrases.conditional, part(left), part(right))
        case Iff(left, right):
            return _put(phrases.biconditional, alone(left), alone(right))
        case Xor(left, right):
            return _put(phrases.exclusive, alone(left), alone(right))
        case Forall(variable, body):
            return _put(phrases.every, variable, say(body))
        case Exists(variable, body):
            return _put_clause(phrases.some, variable, say(body), set_off=phrases.set_off)
        case Box(body):
            return _put(phrases.necessarily, say(body))
        case Diamond(body):
            return _put(phrases.possibly, say(body))


def _negated(body: Formula, phrases: _Phrases, say: Callable[[Formula], str]) -> str:
    """Deny what is no atom."""
    match body:
        case And() if _is_chain(body) and len(_operands(body)) == 2:  # noqa: PLR2004 - both
            return _put(phrases.not_both, say(body))
        case Or() if _is_chain(body):
            return _put(phrases.not_either, say(body))
        case And() | Or() | Iff() | Xor():
            return _put(phrases.negation, f"({say(body)})")
        case _:
            return _put_clause(phrases.negation, say(body), set_off=phrases.set_off)


def _chained(whole: And | Or, word: str, opening: str, say: Callable[[Formula], str]) -> str:
    """Join all that one connective joins; commas set chains of the other one off."""
    operands = _operands(whole)
    parts = [say(one) if _is_chain(one) else f"({say(one)})" for one in operands]
    if all(_is_literal(one) or not _is_chain(one) for one in operands):
        return f" {word} ".join(parts)
    pair_only = isinstance(whole, And) and len(parts) > 2  # noqa: PLR2004 - both
    return ("" if pair_only else opening) + f", {word} ".join(parts)


def _operands(whole: And | Or) -> list[Formula]:
    """Return what one connective joins, whichever way it is grouped, from left to right."""
    found: list[Formula] = []
    waiting: list[Formula] = [whole]
    while waiting:
        one = waiting.pop()
        if isinstance(one, And | Or) and type(one) is type(whole):
            waiting += [one.right, one.left]
        else:
            found.append(one)
    return found


def _is_literal(formula: Formula) -> bool:
    return isinstance(formula, Atom | Truth) or (
        isinstance(formula, Not) and isinstance(formula.body, Atom)
    )


def _is_chain(formula: Formula) -> bool:
    """Say whether a formula is a literal or joins literals by one connective."""
    if isinstance(formula, And | Or):
        return all(map(_is_literal, _operands(formula)))
    return _is_literal(formula)


# ── atoms ───────────────────────────────────────────────────────────────────────────────────────


def _sentence(atom: Atom, lexicon: Lexicon, *, positive: bool) -> str:
    if atom.name not in lexicon.sentences:
        return _thing(Function(atom.name, atom.args), _BARE if not atom.args else lexicon)
    affirmed, denied = lexicon.sentences[atom.name]
    return _put(affirmed if positive else denied, *(_thing(arg, lexicon) for arg in atom.args))


def _thing(term: Term, lexicon: Lexicon) -> str:
    match term:
        case Function(name, ()):
            return lexicon.names.get(name, name)
        case Function(name, args):
            return f"{name}({', '.join(_thing(arg, lexicon) for arg in args)})"
        case Variable(name):
            return name


def _put_clause(phrase: str, *parts: str, set_off: tuple[str, ...]) -> str:
    """Put parts in a phrase, with a comma where the last one needs it: `tal que, se P, então Q`."""
    needs_comma = parts[-1].startswith(set_off)
    return _put(phrase.replace("que {}", "que, {}") if needs_comma else phrase, *parts)


def _put(phrase: str, *parts: str) -> str:
    """Put parts in the places of a phrase; there may be braces in the parts."""
    pieces = phrase.split("{}")
    return pieces[0] + "".join(
        f"{part}{piece}" for part, piece in zip(parts, pieces[1:], strict=True)
    )
