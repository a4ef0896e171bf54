"""Signed formulas as numbers, so that a search asks and compares quickly.

A claim is a formula's number, its sign and its world. What a rule makes of a claim is worked out
once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from evalsuite.logic.syntax import Formula, Function, Term, atom_terms, subterms, term_variables
from evalsuite.logic.tableau import Kind, Logic, Signed, Witness, World, extensions, kind

Claim: TypeAlias = tuple[int, bool, World]
Rule: TypeAlias = tuple[Claim, Witness | None]  # a claim's rule, with the witness it needs


def fresh_constants(taken: frozenset[str]) -> Iterator[str]:
    """Yield c1, c2, …, leaving out the names that are taken."""
    number = 0
    while True:
        number += 1
        if f"c{number}" not in taken:
            yield f"c{number}"


@dataclass(slots=True)
class Claims:
    """The claims that a search has met."""

    logic: Logic
    fresh: Iterator[str]
    formulas: list[Formula] = field(default_factory=list)
    _numbers: dict[Formula, int] = field(default_factory=dict)
    _kinds: dict[tuple[int, bool], Kind] = field(default_factory=dict)
    _rules: dict[Rule, tuple[tuple[Claim, ...], ...]] = field(default_factory=dict)
    _terms: dict[int, tuple[Function, ...]] = field(default_factory=dict)
    _weights: dict[Function, int] = field(default_factory=dict)
    _constants: dict[Claim | None, Function] = field(default_factory=dict)

    def claim(self, signed: Signed) -> Claim:
        """Return the claim that a signed formula is."""
        number = self._numbers.setdefault(signed.formula, len(self.formulas))
        if number == len(self.formulas):
            self.formulas.append(signed.formula)
        return number, signed.sign, signed.world

    def signed(self, claim: Claim) -> Signed:
        """Return the signed formula that a claim is."""
        number, sign, world = claim
        return Signed(sign=sign, formula=self.formulas[number], world=world)

    def kind(self, claim: Claim) -> Kind:
        """Return the kind of a claim's rule."""
        found = self._kinds.get(claim[:2])
        if found is None:
            found = self._kinds[claim[:2]] = kind(self.signed(claim), self.logic)
        return found

    def alternatives(self, rule: Rule) -> tuple[tuple[Claim, ...], ...]:
        """Return the claims that a rule adds, for each new branch."""
        found = self._rules.get(rule)
        if found is None:
            claim, witness = rule
            added = extensions(self.signed(claim), witness, self.logic)
            found = tuple(tuple(dict.fromkeys(map(self.claim, one))) for one in added)
            self._rules[rule] = found
        return found

    def terms(self, claim: Claim) -> tuple[Function, ...]:
        """Return the closed terms that stand in a claim, each once."""
        found = self._terms.get(claim[0])
        if found is None:
            found = self._terms[claim[0]] = _closed(atom_terms(self.formulas[claim[0]]))
        return found

    def weight(self, term: Function) -> int:
        """Return how many symbols a term has."""
        if term not in self._weights:
            self._weights[term] = sum(1 for _ in subterms(term))
        return self._weights[term]

    def constant(self, claim: Claim | None) -> Function:
        """Return the constant of a δ claim, or the one to begin with where there is no term."""
        if claim not in self._constants:
            self._constants[claim] = Function(next(self.fresh))
        return self._constants[claim]


def _closed(terms: Iterable[Term]) -> tuple[Function, ...]:
    found = (one for one in terms if isinstance(one, Function) and not term_variables(one))
    return tuple(dict.fromkeys(found))
