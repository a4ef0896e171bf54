"""Facts and rules: forward chaining, and negation as failure under a closed world.

B1, …, Bn → H        the variables of a rule are universally quantified
a rule *fires* where a substitution makes each Bi a literal that is already there; it adds H

Open world: `~` is negation, and a negative literal is derived as a positive one is. Closed world:
`~A` in a body holds iff A is not derivable, which is defined where the theory is *stratified*: no
predicate rests on its own negation (Apt, Blair and Walker, *Towards a theory of declarative
knowledge*, 1988). The *completion* (Clark 1978) says that an atom holds only if some rule gives it;
where no atom rests on itself, its only model is the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product

from evalsuite.logic.clauses import Literal, complement, instance, variables
from evalsuite.logic.flaws import LogicError, TooLarge
from evalsuite.logic.syntax import (
    And,
    Atom,
    Forall,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Truth,
)
from evalsuite.logic.syntax import term_constants as constants_of
from evalsuite.logic.writing import show

_MOST_INSTANCES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Literals that give another one."""

    body: tuple[Literal, ...]
    head: Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Theory:
    """Facts, which hold no variable, and rules."""

    facts: tuple[Literal, ...]
    rules: tuple[Rule, ...]


# ── instances ───────────────────────────────────────────────────────────────────────────────────


def things(theory: Theory) -> tuple[str, ...]:
    """Return the names of the things that the theory speaks of, sorted."""
    literals = [*theory.facts, *(one for rule in theory.rules for one in (*rule.body, rule.head))]
    return tuple(sorted({name for one in literals for name in _constants(one)}))


def _constants(literal: Literal) -> frozenset[str]:
    return frozenset[str]().union(*map(constants_of, literal.atom.args))


def instances(rule: Rule, names: Iterable[str]) -> Iterator[Rule]:
    """Yield the instances of a rule over things with these names.

    Raises:
        TooLarge: there are too many.

    """
    free = sorted(variables(frozenset((*rule.body, rule.head))))
    all_names = tuple(names)
    if len(all_names) ** len(free) > _MOST_INSTANCES:
        raise TooLarge(f"a rule with {len(free)} variables over {len(all_names)} things")
    for chosen in product(all_names, repeat=len(free)):
        values: dict[str, Term] = dict(zip(free, map(Function, chosen), strict=True))
        yield Rule(body=tuple(_put(one, values) for one in rule.body), head=_put(rule.head, values))


def _put(literal: Literal, values: Mapping[str, Term]) -> Literal:
    (found,) = instance(frozenset((literal,)), values)
    return found


def ground(theory: Theory, also: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Return the instances of all rules over the theory's things, and others."""
    names = sorted({*things(theory), *also})
    return tuple(one for rule in theory.rules for one in instances(rule, names))


# ── open world ──────────────────────────────────────────────────────────────────────────────────


def rounds(theory: Theory) -> dict[Literal, int]:
    """Return what can be derived, each with the round in which it first is; a fact's is 0.

    In a round all the rules fire at once, on what the rounds before it have given.
    """
    found = dict.fromkeys(theory.facts, 0)
    rules = ground(theory)
    number = 0
    while True:
        number += 1
        new = {rule.head for rule in rules if all(one in found for one in rule.body)} - set(found)
        if not new:
            return found
        found |= dict.fromkeys(new, number)


def is_closed(theory: Theory, literals: frozenset[Literal]) -> bool:
    """Say whether a set has all the facts and all that the rules make of its members.

    What such a set leaves out cannot be derived.
    """
    return set(theory.facts) <= literals and all(
        rule.head in literals or not literals.issuperset(rule.body) for rule in ground(theory)
    )


def implications(theory: Theory) -> tuple[Formula, ...]:
    """Return facts and instances of rules as propositional formulas, with classical negation."""
    return (
        *map(proposition, theory.facts),
        *(
            Implies(_all(map(proposition, rule.body)), proposition(rule.head))
            for rule in ground(theory)
        ),
    )


def proposition(literal: Literal) -> Formula:
    """Return a literal without variables as a propositional one: its atom is one name."""
    atom = Atom(show(literal.atom))
    return atom if literal.positive else Not(atom)


def _all(formulas: Iterable[Formula]) -> Formula:
    parts = tuple(formulas)
    return reduce(And, parts) if parts else Truth(True)


def _any(formulas: Iterable[Formula]) -> Formula:
    parts = tuple(formulas)
    return reduce(Or, parts) if parts else Truth(False)


# ── closed world ────────────────────────────────────────────────────────────────────────────────


def model(theory: Theory) -> frozenset[Literal]:
    """Return the atoms (as positive literals) that hold under the closed world.

    Raises:
        LogicError: the theory is not stratified.

    """
    levels = _strata(theory)
    rules = ground(theory)
    found = set(theory.facts)
    for level in sorted(set(levels.values())):
        here = [rule for rule in rules if levels[rule.head.atom.name] == level]
        below = frozenset(found)
        grown = True
        while grown:
            new = {rule.head for rule in here if _holds(rule, found, below)}
            grown = not new <= found
            found |= new
    return frozenset(found)


def _holds(rule: Rule, found: set[Literal], below: frozenset[Literal]) -> bool:
    return all(one in found if one.positive else complement(one) not in below for one in rule.body)


def _strata(theory: Theory) -> dict[str, int]:
    """Return a level for each predicate: that of a rule's head is above its negated ones."""
    literals = [*theory.facts, *(one for rule in theory.rules for one in (*rule.body, rule.head))]
    levels = {one.atom.name: 0 for one in literals}
    for _ in range(len(levels) + 1):
        raised = False
        for rule in theory.rules:
            head = rule.head.atom.name
            least = max((levels[o.atom.name] + (not o.positive) for o in rule.body), default=0)
            if levels[head] < least:
                levels[head], raised = least, True
        if not raised:
            return levels
    raise LogicError("a predicate rests on its own negation")


def completion(theory: Theory, also: Iterable[Literal] = ()) -> tuple[Formula, ...]:
    """Return Clark's completion, propositional, over the theory's atoms and those of `also`."""
    rules = ground(theory)
    bodies: dict[Atom, list[Formula]] = {}
    for literal in (*theory.facts, *also, *(o for rule in rules for o in (*rule.body, rule.head))):
        bodies.setdefault(literal.atom, [])
    for fact in theory.facts:
        bodies[fact.atom].append(Truth(True))
    for rule in rules:
        bodies[rule.head.atom].append(_all(map(proposition, rule.body)))
    return tuple(Iff(Atom(show(atom)), _any(whole)) for atom, whole in bodies.items())


# ── as formulas ─────────────────────────────────────────────────────────────────────────────────


def formula(rule: Rule) -> Formula:
    """Return a rule as a closed formula: `forall x. (P(x) & Q(x) -> R(x))`."""
    whole: Formula = Implies(_all(map(_signed, rule.body)), _signed(rule.head))
    for name in sorted(variables(frozenset((*rule.body, rule.head))), reverse=True):
        whole = Forall(name, whole)
    return whole


def show_rule(rule: Rule) -> str:
    """Write a rule as a closed formula."""
    return show(formula(rule))


def _signed(literal: Literal) -> Formula:
    return literal.atom if literal.positive else Not(literal.atom)


def rule_of(whole: Formula) -> Rule:
    """Return the rule that a formula says, as `formula` writes it.

    Raises:
        LogicError: it says none.

    """
    while isinstance(whole, Forall):
        whole = whole.body
    if not isinstance(whole, Implies):
        raise LogicError(f"`{show(whole)}` is no rule")
    return Rule(body=tuple(_conjuncts(whole.left)), head=literal_of(whole.right))


def _conjuncts(whole: Formula) -> Iterator[Literal]:
    if isinstance(whole, And):
        yield from _conjuncts(whole.left)
        yield from _conjuncts(whole.right)
    elif whole != Truth(True):
        yield literal_of(whole)


def literal_of(whole: Formula) -> Literal:
    """Return the literal that a formula is.

    Raises:
        LogicError: it is none.

    """
    match whole:
        case Atom():
            return Literal(atom=whole, positive=True)
        case Not(Atom() as atom):
            return Literal(atom=atom, positive=False)
        case _:
            raise LogicError(f"`{show(whole)}` is no literal")
