"""Ask a SAT solver which instances of quantified formulas a closed tableau can do with.

Every rule is applied in every way, whatever the branch, round after round; a δ formula has one
constant of its own. Each application is a clause, "not the source, or one of its alternatives". A
core of an unsatisfiable set names the applications that matter, and a search then prefers them.
What it finds stands without the solver: branches are closed by rules alone.
"""

from dataclasses import dataclass, field
from itertools import product

from evalsuite.logic.provers._claims import Claim, Claims, Rule
from evalsuite.logic.solvers import cnf_core
from evalsuite.logic.syntax import Function, Truth, term_depth
from evalsuite.logic.tableau import Kind

_SMALL = 60  # applications in a core that is made smaller, one by one


@dataclass(slots=True)
class Pool:
    """The claims that rules have led to, and the applications that led there."""

    claims: Claims
    met: dict[Claim, None] = field(default_factory=dict)
    terms: dict[Function, None] = field(default_factory=dict)
    gammas: list[Claim] = field(default_factory=list)
    rules: dict[Rule, None] = field(default_factory=dict)

    def meet(self, claim: Claim) -> None:
        """Put a claim and all that follows without γ into the pool."""
        waiting = [claim]
        while waiting:
            found = waiting.pop()
            if found in self.met:
                continue
            self.met[found] = None
            self.terms.update(dict.fromkeys(self.claims.terms(found)))
            match self.claims.kind(found):
                case Kind.PLAIN:
                    waiting.extend(self._applied((found, None)))
                case Kind.DELTA:
                    waiting.extend(self._applied((found, self.claims.constant(found))))
                case Kind.GAMMA:
                    self.gammas.append(found)
                case Kind.NONE | Kind.NU | Kind.PI:
                    pass

    def _applied(self, rule: Rule) -> list[Claim]:
        self.rules[rule] = None
        return [claim for one in self.claims.alternatives(rule) for claim in one]

    def widen(self, most: int) -> bool:
        """Apply γ to what is there, at most so often; say whether there was anything left to do."""
        if self.gammas and not self.terms:
            self.terms[self.claims.constant(None)] = None
        done = 0
        terms = sorted(self.terms, key=term_depth)
        for term, gamma in product(terms, tuple(self.gammas)):
            if (gamma, term) not in self.rules and done < most:
                done += 1
                for claim in self._applied((gamma, term)):
                    self.meet(claim)
        return done > 0


def preferred(pool: Pool, assumptions: tuple[Claim, ...]) -> frozenset[Rule] | None:
    """Return applications that together contradict the assumptions; `None` where none do yet."""
    rules = tuple(pool.rules)
    selectors = range(1, len(rules) + 1)
    offset = len(rules) + 1  # a formula's variable is this and its number
    cnf = [[_literal(claim, offset)] for claim in assumptions]
    for claim in pool.met:
        match pool.claims.formulas[claim[0]]:
            case Truth(value):
                cnf.append([_literal((claim[0], value, claim[2]), offset)])
            case _:
                pass
    for selector, rule in zip(selectors, rules, strict=True):
        source = -_literal(rule[0], offset)
        cnf.extend(
            [-selector, source, *(_literal(claim, offset) for claim in row)]
            for row in product(*pool.claims.alternatives(rule))
        )
    found = cnf_core(cnf, selectors)
    if found is None:
        return None
    return frozenset(rules[selector - 1] for selector in _smaller(cnf, found))


def _literal(claim: Claim, offset: int) -> int:
    return (offset + claim[0]) * (1 if claim[1] else -1)


def _smaller(cnf: list[list[int]], found: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out of a core what it does not need, where it is small."""
    tried = cnf_core(cnf, found) or found
    if len(tried) > _SMALL:
        return tried
    for selector in reversed(tried):
        rest = [one for one in tried if one != selector]
        if selector in tried and (fewer := cnf_core(cnf, rest)) is not None:
            tried = fewer
    return tried
