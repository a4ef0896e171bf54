"""Chains of inferences, each by a rule with a name, and the fallacy that looks like it.

From `A` to `B` (`A'` is what denies A; A and B may be "and" or "or" of two literals):

    by a conditional       A -> B     modus ponens            B -> A     affirming the consequent
    by its contrapositive  B' -> A'   modus tollens           A' -> B'   denying the antecedent
    by a disjunction       A' | B     disjunctive syllogism   A | B'     affirming a disjunct
    by a joint denial      ~(A & B')  conjunctive syllogism   ~(A' & B)  denying a conjunct

A rule and its fallacy are said in the same words: where A and B are literals, a disjunction and a
joint denial need the two to have the same sign. Copi and Cohen, *Introduction to Logic*, ch. 8.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias

from evalsuite import names
from evalsuite.families import _vocabulary
from evalsuite.logic.syntax import And, Atom, Formula, Implies, Not, Or, leaves
from evalsuite.logic.text.words import Language, Lexicon, words

Link: TypeAlias = Literal["if", "contrapositive", "or", "not-both"]
Lexicons: TypeAlias = Mapping[Language, Lexicon]

LINKS: Final[tuple[Link, ...]] = ("if", "contrapositive", "or", "not-both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """Premises and a conclusion. 0: it is valid; 1: it is not."""

    premises: tuple[Formula, ...]
    conclusion: Formula


def denial(formula: Formula) -> Formula:
    """Deny a literal, or an "and" or "or" of such (De Morgan)."""
    match formula:
        case Not(body):
            return body
        case And(left, right):
            return Or(denial(left), denial(right))
        case Or(left, right):
            return And(denial(left), denial(right))
        case _:
            return Not(formula)


def linked(link: Link, left: Formula, right: Formula, *, valid: bool) -> Formula:
    """Return the premise by which `right` follows from `left`, or by which it only seems to."""
    one, two = (left, right) if valid else (right, left)
    match link:
        case "if":
            return Implies(one, two)
        case "contrapositive":
            return Implies(denial(two), denial(one))
        case "or":
            return Or(denial(one), two)
        case "not-both":
            return Not(And(one, denial(two)))


def said(formula: Formula, language: Language, lexicon: Lexicon) -> str:
    """Write a premise in words."""
    if language == "pt" and isinstance(formula, Not) and isinstance(formula.body, And):
        left, right = (words(one, "pt", lexicon) for one in (formula.body.left, formula.body.right))
        return f"não é verdade que, ao mesmo tempo, {left} e {right}"
    return words(formula, language, lexicon)


def lexicon(formulas: Iterable[Formula], form: str, surface: str) -> Lexicons:
    """Return words for the atoms of a problem; they hang on its canonical form alone."""
    atoms = sorted({atom for formula in formulas for atom in leaves(formula)})
    rng = Random(names.seed_of("words", form))
    return _vocabulary.lexicon(atoms, rng, nonce=surface == "nonce")


def literal(name: str, *, positive: bool) -> Formula:
    """Return an atom or its negation."""
    return Atom(name) if positive else Not(Atom(name))
