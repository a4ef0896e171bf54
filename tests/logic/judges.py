"""Say of each step of a proof whether it is a consequence: by z3, apart from kernels and provers.

A kernel may refuse what follows; what it accepts must follow.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import z3

from evalsuite.logic.clauses import Clause, variables
from evalsuite.logic.proofs import Apply, Assume, Branch, Cut, Given, Instance, Step, Weaker
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
    constants,
)
from evalsuite.logic.tableau import Signed

THING = z3.DeclareSort("Thing")


def in_z3(tree: Formula, bound: Mapping[str, Any]) -> Any:
    """Translate a formula; its free variables and constants are looked up in `bound` first."""
    match tree:
        case Atom(name, ()):
            return z3.Bool(name)
        case Atom(name, args):
            predicate = z3.Function(name, *[THING] * len(args), z3.BoolSort())
            return predicate(*(term(arg, bound) for arg in args))
        case Truth(value):
            return z3.BoolVal(value)
        case Not(body):
            return z3.Not(in_z3(body, bound))
        case And(left, right):
            return z3.And(in_z3(left, bound), in_z3(right, bound))
        case Or(left, right):
            return z3.Or(in_z3(left, bound), in_z3(right, bound))
        case Implies(left, right):
            return z3.Implies(in_z3(left, bound), in_z3(right, bound))
        case Iff(left, right):
            return in_z3(left, bound) == in_z3(right, bound)
        case Xor(left, right):
            return in_z3(left, bound) != in_z3(right, bound)
        case Forall(variable, body) | Exists(variable, body):
            # The same name each time, so that z3 sees when two formulas are one.
            thing = z3.Const(f"{variable}!", THING)
            quantifier = z3.ForAll if isinstance(tree, Forall) else z3.Exists
            return quantifier([thing], in_z3(body, {**bound, variable: thing}))
        case Box() | Diamond():
            raise TypeError(tree)


def term(tree: Term, bound: Mapping[str, Any]) -> Any:
    match tree:
        case Variable(name) | Function(name, ()) if name in bound:
            return bound[name]
        case Variable(name) | Function(name, ()):
            return z3.Const(name, THING)
        case Function(name, args):
            return z3.Function(name, *[THING] * (len(args) + 1))(
                *(term(arg, bound) for arg in args)
            )


def follows(premises: Iterable[Any], conclusion: Any) -> bool:
    """Say whether z3 finds that the conclusion follows; "unknown" is no."""
    solver = z3.Solver()
    solver.set("timeout", 2000)
    solver.add(*premises, z3.Not(conclusion))
    return bool(solver.check() == z3.unsat)


# ── refutations ─────────────────────────────────────────────────────────────────────────────────


def closed(clause: Clause) -> Any:
    """Translate a clause, its variables universally quantified."""
    things = {name: z3.FreshConst(THING) for name in variables(clause)}
    body = z3.Or(
        *(
            in_z3(one.atom, things) if one.positive else z3.Not(in_z3(one.atom, things))
            for one in clause
        )
    )
    return z3.ForAll(list(things.values()), body) if things else body


def step_follows(given: Sequence[Clause], steps: Sequence[Step], place: int) -> bool:
    """Say whether a step's clause is given or follows from the clauses of the steps it names."""
    step = steps[place]
    parents: tuple[int, ...]
    match step.reason:
        case Given(index):
            return step.clause == given[index]
        case Instance(of, _) | Weaker(of):
            parents = (of,)
        case Cut(left, right, _):
            parents = (left, right)
    return follows((closed(steps[parent].clause) for parent in parents), closed(step.clause))


# ── tableaux, classical ─────────────────────────────────────────────────────────────────────────


def said(signed: Signed, bound: Mapping[str, Any]) -> Any:
    body = in_z3(signed.formula, bound)
    return body if signed.sign else z3.Not(body)


def rule_follows(
    assumptions: Sequence[Signed], nodes: Mapping[Branch, Mapping[int, Signed]], step: Apply
) -> bool:
    """Say whether a branch implies that one of the new branches holds.

    A constant that stands neither on the branch nor in an assumption is read as "some thing".
    """
    path = [nodes[step.branch[:end]] for end in range(len(step.branch) + 1)]
    branch = [signed for on in path for signed in on.values()]
    known = {name for one in (*branch, *assumptions) for name in constants(one.formula)}
    added = [list(one.values()) for one in step.added]
    new = {name for lines in added for one in lines for name in constants(one.formula)} - known
    things = {name: z3.FreshConst(THING) for name in new}
    some = z3.Or(*(z3.And(*(said(one, things) for one in lines)) for lines in added))
    conclusion = z3.Exists(list(things.values()), some) if things else some
    source = next(one for on in path for node, one in on.items() if node == step.source)
    # The branch may be too much for z3, and a rule rests on its source alone.
    return follows([said(source, {})], conclusion) or follows(
        (said(one, {}) for one in branch), conclusion
    )


def tableau_follows(assumptions: Sequence[Signed], steps: Sequence[Apply | Assume | Any]) -> bool:
    """Say whether every step of a tableau follows, and every closed branch is contradictory."""
    nodes: dict[Branch, dict[int, Signed]] = {(): {}}
    for step in steps:
        if isinstance(step, Assume):
            nodes[step.branch][step.node] = assumptions[step.index]
        elif isinstance(step, Apply):
            if not rule_follows(assumptions, nodes, step):
                return False
            for number, added in enumerate(step.added, start=1):
                end = step.branch if len(step.added) == 1 else (*step.branch, number)
                nodes.setdefault(end, {}).update(added)
        else:
            ends = (step.branch[:end] for end in range(len(step.branch) + 1))
            branch = {node: one for end in ends for node, one in nodes[end].items()}
            pair = [said(branch[node], {}) for node in step.nodes]
            if not follows(pair, z3.BoolVal(False)):
                return False
    return True
