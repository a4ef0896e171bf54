"""A branch as it grows: what stands on it, and which rules wait.

Rules go in this order: those that add to the branch (α, ν), those that split it where all but one
of the new branches close at once, those that bring something new (δ, π), those that split it (β),
and γ, which takes its terms fairly: of a formula and a term that were met earlier, earlier.

Where a world reaches what its successors reach (K4, S4, intuitionistic), π comes after β, and not
to a world that an earlier one *blocks*: one that has all that the world has (see `Grower.block`).
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import islice
from typing import TypeAlias

from evalsuite.logic.flaws import TooLarge
from evalsuite.logic.provers._claims import Claim, Claims, Rule
from evalsuite.logic.syntax import Function, Truth
from evalsuite.logic.tableau import Kind, Logic, Witness, World, reaches

Content: TypeAlias = tuple[int, bool]  # a claim without its world
_TRIED = 20  # terms that may do instead of a new constant: to try all would take long
TRANSITIVE: frozenset[Logic] = frozenset({"K4", "S4", "intuitionistic"})


@dataclass(frozen=True, slots=True)
class Node:
    """A claim on a branch.

    Attributes:
        claim: what it says.
        rule: the application of a rule that added it, by its number; `None` for an assumption.
        source: the node that the rule was applied to.
        witness: what the rule took.
        needs: the nodes without which it could not stand there.

    """

    claim: Claim
    rule: int | None = None
    source: int | None = None
    witness: Witness | None = None
    needs: tuple[int, ...] = ()


@dataclass(slots=True)
class Branch:
    """What stands on a branch, and which rules wait. Nodes are named by their numbers."""

    nodes: list[int] = field(default_factory=list)
    at: dict[Claim, int] = field(default_factory=dict)
    worlds: dict[World, int] = field(default_factory=dict)  # with the first node in each
    terms: dict[Function, None] = field(default_factory=dict)
    growing: deque[Rule] = field(default_factory=deque)
    splitting: list[Rule] = field(default_factory=list)
    making: list[Claim] = field(default_factory=list)  # δ and π
    gammas: list[Claim] = field(default_factory=list)
    nus: list[Claim] = field(default_factory=list)
    pairs: list[tuple[int, int, int, Rule]] = field(default_factory=list)  # γ, soonest first
    contents: dict[World, frozenset[Content]] = field(default_factory=dict)
    lasting: dict[World, frozenset[Content]] = field(default_factory=dict)
    blockers: dict[World, World] = field(default_factory=dict)
    has_heavy: bool = False  # whether a term was too heavy for γ
    clash: tuple[int, ...] | None = None

    def copy(self) -> "Branch":
        """Return a branch that grows apart from this one."""
        return Branch(
            nodes=self.nodes.copy(),
            at=self.at.copy(),
            worlds=self.worlds.copy(),
            terms=self.terms.copy(),
            growing=self.growing.copy(),
            splitting=self.splitting.copy(),
            making=self.making.copy(),
            gammas=self.gammas.copy(),
            nus=self.nus.copy(),
            pairs=self.pairs.copy(),
            contents=self.contents.copy(),
            lasting=self.lasting.copy(),
            blockers=self.blockers.copy(),
            has_heavy=self.has_heavy,
            clash=self.clash,
        )


@dataclass(slots=True)
class Grower:
    """Grows branches, within limits; `preferred` rules go before others like them."""

    claims: Claims
    most: int  # nodes
    heaviest: int  # symbols of a term that γ takes
    preferred: frozenset[Rule] = frozenset()
    nodes: list[Node] = field(default_factory=list)
    applied: int = 0  # how many rules
    paired: int = 0  # how many pairs of a γ formula and a term

    # ── adding ──────────────────────────────────────────────────────────────────────────────────

    def put(self, branch: Branch, node: Node) -> None:
        """Put a node on a branch, and what its rule can now do among what waits.

        Raises:
            TooLarge: there are too many nodes.

        """
        if len(self.nodes) >= self.most:
            raise TooLarge("nodes")
        number, claim = len(self.nodes), node.claim
        self.nodes.append(node)
        branch.nodes.append(number)
        branch.at[claim] = number
        if claim[2] not in branch.worlds:
            self._open(branch, claim[2], number)
        self._close(branch, claim, number)
        self._enqueue(branch, claim)
        for term in self.claims.terms(claim):
            self._meet(branch, term)

    def _open(self, branch: Branch, world: World, number: int) -> None:
        branch.worlds[world] = number
        for nu in branch.nus:
            if reaches(self.claims.logic, nu[2], world):
                self._wait(branch, (nu, world))

    def _close(self, branch: Branch, claim: Claim, number: int) -> None:
        formula, sign, _ = claim
        match self.claims.formulas[formula]:
            case Truth(value) if value != sign:
                branch.clash = (number,)
                return
            case _:
                pass
        other = self._opposite(branch, claim)
        if other is not None and branch.clash is None:
            branch.clash = (other, number)

    def _opposite(self, branch: Branch, claim: Claim) -> int | None:
        """Return a node that contradicts the claim."""
        formula, sign, world = claim
        if self.claims.logic != "intuitionistic":
            return branch.at.get((formula, not sign, world))
        for other in self._seen(branch, world, up=not sign):
            if (formula, not sign, other) in branch.at:
                return branch.at[formula, not sign, other]
        return None

    def holds(self, branch: Branch, claim: Claim) -> bool:
        """Say whether a claim stands on the branch, in intuitionistic logic at least as strong."""
        if claim in branch.at:
            return True
        if self.claims.logic != "intuitionistic":
            return False
        formula, sign, world = claim
        seen = self._seen(branch, world, up=sign)
        return any((formula, sign, other) in branch.at for other in seen)

    def _seen(self, branch: Branch, world: World, *, up: bool) -> Iterator[World]:
        """Yield the worlds that reach a world, or those that it reaches (intuitionistic)."""
        if up:
            return (world[:end] for end in range(1, len(world) + 1))
        return (other for other in branch.worlds if other[: len(world)] == world)

    def _enqueue(self, branch: Branch, claim: Claim) -> None:
        match self.claims.kind(claim):
            case Kind.NONE:
                pass
            case Kind.PLAIN:
                self._wait(branch, (claim, None))
            case Kind.DELTA | Kind.PI:
                branch.making.append(claim)
            case Kind.NU:
                branch.nus.append(claim)
                for world in branch.worlds:
                    if reaches(self.claims.logic, claim[2], world):
                        self._wait(branch, (claim, world))
            case Kind.GAMMA:
                branch.gammas.append(claim)
                for place, term in enumerate(branch.terms):
                    self._pair(branch, len(branch.gammas) - 1, place, term)

    def _wait(self, branch: Branch, rule: Rule) -> None:
        if len(self.claims.alternatives(rule)) == 1:
            branch.growing.append(rule)
        else:
            branch.splitting.append(rule)

    def _meet(self, branch: Branch, term: Function) -> None:
        if term not in branch.terms:
            branch.terms[term] = None
            for place in range(len(branch.gammas)):
                self._pair(branch, place, len(branch.terms) - 1, term)

    def _pair(self, branch: Branch, gamma: int, place: int, term: Function) -> None:
        rule: Rule = (branch.gammas[gamma], term)
        later = 0 if rule in self.preferred else 1
        age = gamma + place + 2 * self.claims.weight(term)
        self.paired += 1
        heappush(branch.pairs, (later, age, self.paired, rule))

    # ── choosing ────────────────────────────────────────────────────────────────────────────────

    def choose(self, branch: Branch) -> Rule | None:
        """Take the rule to apply next from those that wait; `None` where the branch is complete.

        Raises:
            TooLarge: only γ is left, with terms that are too heavy.

        """
        while branch.growing:
            rule = branch.growing.popleft()
            if not self._done(branch, rule):
                return rule
        split = self._split(branch)
        if split is not None and split[0] <= 1:
            return self._taken(branch, split[1])
        makes_first = self.claims.logic not in TRANSITIVE
        if makes_first and (made := self._made(branch)) is not None:
            return made
        return self._later(branch, None if split is None else split[1])

    def _later(self, branch: Branch, split: Rule | None) -> Rule | None:
        """Choose between β, π after it, γ, and a world that D needs."""
        is_guided = bool(self.preferred)
        if is_guided and branch.pairs and not branch.pairs[0][0]:
            return self._instance(branch)
        if split is not None:
            return self._taken(branch, split)
        if self.claims.logic in TRANSITIVE:
            return self._made(branch)
        if branch.gammas and not branch.terms:
            self._meet(branch, self.claims.constant(None))
        return self._instance(branch) or self._serial(branch)

    def _done(self, branch: Branch, rule: Rule) -> bool:
        """Say whether one of the rule's alternatives stands on the branch already."""
        return any(
            all(self.holds(branch, claim) for claim in one)
            for one in self.claims.alternatives(rule)
        )

    def _split(self, branch: Branch) -> tuple[int, Rule] | None:
        """Return the best rule that splits, with how many of the new branches stay open."""
        branch.splitting = [rule for rule in branch.splitting if not self._done(branch, rule)]
        best: tuple[int, Rule] | None = None
        rank: tuple[int, int] | None = None
        for rule in branch.splitting:
            alternatives = self.claims.alternatives(rule)
            live = sum(not self._dies(branch, one) for one in alternatives)
            mine = (live, 0 if live <= 1 or rule in self.preferred else 1)
            if rank is None or mine < rank:
                best, rank = (live, rule), mine
            if not live:
                break
        return best

    def _dies(self, branch: Branch, claims: tuple[Claim, ...]) -> bool:
        return any(self._opposite(branch, claim) is not None for claim in claims)

    def _taken(self, branch: Branch, rule: Rule) -> Rule:
        branch.splitting.remove(rule)
        return rule

    def _made(self, branch: Branch) -> Rule | None:
        """Take a δ or π rule that is not fulfilled, of the shortest world, the oldest."""
        kept = [claim for claim in branch.making if not self._fulfilled(branch, claim)]
        branch.making = kept
        if self.claims.logic in TRANSITIVE:
            self.block(branch)
        free = [claim for claim in kept if claim[2] not in branch.blockers]
        if not free:
            return None
        claim = max(free, key=lambda one: len(one[2]))
        kept.remove(claim)
        if self.claims.kind(claim) is Kind.DELTA:
            return claim, self.claims.constant(claim)
        return claim, _child(branch, claim[2])

    def _fulfilled(self, branch: Branch, claim: Claim) -> bool:
        """Say whether a term or a world that is there already is what δ or π would bring."""
        if self.claims.kind(claim) is Kind.DELTA:
            oldest = islice(branch.terms, _TRIED)
            return any(self._done(branch, (claim, term)) for term in oldest)
        logic = self.claims.logic
        return any(
            reaches(logic, claim[2], world) and self._done(branch, (claim, world))
            for world in branch.worlds
        )

    def block(self, branch: Branch) -> None:
        """Find the blockers of the worlds that have come since; nothing else waits on the branch.

        What a world has is its claims, with those of its ancestors that go on to hold in it. It is
        blocked by an earlier world that is not blocked and has all of that. Claims only go from a
        world to later ones, so that none of this changes again.
        """
        new: dict[World, set[Content]] = {
            world: set() for world in branch.worlds if world not in branch.contents
        }
        for formula, sign, world in branch.at:
            if world in new:
                new[world].add((formula, sign))
        for world, own in new.items():
            content = frozenset(own) | branch.lasting.get(world[:-1], frozenset())
            branch.lasting[world] = frozenset(one for one in content if self._lasts(*one))
            earlier = (one for one in branch.contents.items() if one[0] not in branch.blockers)
            blocker = next((other for other, has in earlier if content <= has), None)
            if blocker is not None:
                branch.blockers[world] = blocker
            branch.contents[world] = content

    def _lasts(self, formula: int, sign: bool) -> bool:
        if self.claims.logic == "intuitionistic":
            return sign
        return self.claims.kind((formula, sign, ())) is Kind.NU

    def _instance(self, branch: Branch) -> Rule | None:
        while branch.pairs:
            *_, (claim, term) = heappop(branch.pairs)
            if isinstance(term, Function) and self.claims.weight(term) > self.heaviest:
                branch.has_heavy = True
            elif not self._done(branch, (claim, term)):
                return claim, term
        if branch.has_heavy:
            raise TooLarge("weight")
        return None

    def _serial(self, branch: Branch) -> Rule | None:
        """Take a ν rule whose world reaches none yet, in D."""
        if self.claims.logic != "D":
            return None
        parents = {world[:-1] for world in branch.worlds}
        found = next((nu for nu in branch.nus if nu[2] not in parents), None)
        return None if found is None else (found, _child(branch, found[2]))

    # ── applying ────────────────────────────────────────────────────────────────────────────────

    def apply(self, branch: Branch, rule: Rule, alternative: int, number: int) -> None:
        """Add an alternative of a rule to a branch, as the application of this number.

        Raises:
            TooLarge: there are too many nodes.

        """
        claim, witness = rule
        source = branch.at[claim]
        needs: tuple[int, ...] = (source,)
        if self.claims.kind(claim) is Kind.NU and isinstance(witness, tuple):
            first = branch.worlds.get(witness)  # in D, ν may go to a world that is new
            needs = (source,) if first is None else (source, first)
        for added in self.claims.alternatives(rule)[alternative]:
            if not self.holds(branch, added):
                node = Node(added, rule=number, source=source, witness=witness, needs=needs)
                self.put(branch, node)


def _child(branch: Branch, world: World) -> World:
    """Return a world after this one that is not on the branch."""
    here = len(world)
    taken = [one[here] for one in branch.worlds if len(one) > here and one[:here] == world]
    return (*world, max(taken, default=0) + 1)
