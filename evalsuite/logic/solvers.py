"""A SAT solver's answers: the second decider of every label.

Formulas become clauses by Tseitin's translation (1968): each compound formula has a variable of
its own, which the clauses make equal to it. Only this module imports PySAT.
"""

from collections.abc import Iterable, Sequence

from pysat.formula import IDPool
from pysat.solvers import Solver

from evalsuite.logic.clauses import Clause
from evalsuite.logic.flaws import TooLarge, Unsupported
from evalsuite.logic.problems import BranchClosure, Entailment, Problem, ResolventOf
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
    Xor,
)

Cnf = list[list[int]]  # DIMACS: a variable is a positive number, its negation the negative one


def answer(problem: Problem) -> int:
    """Return a problem's answer, by PySAT.

    Raises:
        ValueError: it has no answer, or two.

    """
    match problem:
        case Entailment(premises=premises, conclusion=conclusion):
            return 1 if satisfiable((*premises, Not(conclusion))) else 0
        case ResolventOf(left=left, right=right, candidates=candidates):
            fitting = [
                index
                for index, candidate in enumerate(candidates)
                if _is_resolvent(candidate, left, right)
            ]
            if len(fitting) != 1:
                raise ValueError(f"resolvent: {len(fitting)} candidates fit")
            return fitting[0]
        case BranchClosure(branch=branch):
            claims = (signed.formula if signed.sign else Not(signed.formula) for signed in branch)
            return 1 if satisfiable(claims) else 0


def satisfiable(formulas: Iterable[Formula]) -> bool:
    """Say whether some valuation makes all the formulas true.

    Raises:
        Unsupported: one is not propositional.

    """
    pool, cnf = IDPool(), Cnf()
    units = [[_literal(formula, pool, cnf)] for formula in formulas]
    return _solved(cnf + units)


def valuation(formulas: Iterable[Formula]) -> dict[str, bool] | None:
    """Return a valuation that makes all the formulas true, of their atoms; `None` without one.

    Raises:
        Unsupported: one is not propositional.

    """
    pool, cnf = IDPool(), Cnf()
    units = [[_literal(formula, pool, cnf)] for formula in formulas]
    with Solver(name="minisat22", bootstrap_with=cnf + units) as solver:
        if not solver.solve():
            return None
        true = frozenset(solver.get_model())
    names = (name for name in pool.obj2id if isinstance(name, str))
    return {name: pool.id(name) in true for name in names}


def _solved(cnf: Cnf) -> bool:
    with Solver(name="minisat22", bootstrap_with=cnf) as solver:
        return bool(solver.solve())


def _literal(formula: Formula, pool: IDPool, cnf: Cnf) -> int:
    """Return a formula's literal; the clauses that give it its meaning go to `cnf`."""
    match formula:
        case Atom(name):
            return _variable(pool, name)
        case Truth(value):
            return -_either([], pool, cnf) if value else _either([], pool, cnf)
        case Not(body):
            return -_literal(body, pool, cnf)
        case And(left, right):
            return -_either([-_literal(left, pool, cnf), -_literal(right, pool, cnf)], pool, cnf)
        case Or(left, right):
            return _either([_literal(left, pool, cnf), _literal(right, pool, cnf)], pool, cnf)
        case Implies(left, right):
            return _either([-_literal(left, pool, cnf), _literal(right, pool, cnf)], pool, cnf)
        case Iff(left, right):
            return _same(_literal(left, pool, cnf), _literal(right, pool, cnf), pool, cnf)
        case Xor(left, right):
            return -_same(_literal(left, pool, cnf), _literal(right, pool, cnf), pool, cnf)
        case Forall() | Exists() | Box() | Diamond():
            raise Unsupported("PySAT takes propositional formulas alone")


def _variable(pool: IDPool, name: str | None = None) -> int:
    """Return an atom's variable; without a name, one that is new."""
    return int(pool.id(name) if name is not None else pool.id((pool.top,)))


def _either(literals: Sequence[int], pool: IDPool, cnf: Cnf) -> int:
    """Return a literal for the disjunction, which is false where there is nothing to choose."""
    whole = _variable(pool)
    cnf.append([-whole, *literals])
    cnf.extend([whole, -literal] for literal in literals)
    return whole


def _same(first: int, second: int, pool: IDPool, cnf: Cnf) -> int:
    whole = _variable(pool)
    cnf.extend([[-whole, -first, second], [-whole, first, -second]])
    cnf.extend([[whole, first, second], [whole, -first, -second]])
    return whole


def _is_resolvent(candidate: Clause, left: Clause, right: Clause) -> bool:
    """Say whether the candidate is equivalent to `∃p (left & right)`, p the pivot.

    The quantifier is the disjunction of its two instances (Davis and Putnam 1960).
    """
    opposed = [atom for atom, positive in _signs(left) if (atom, not positive) in _signs(right)]
    if len(set(opposed)) != 1:
        raise ValueError(f"resolvent: {len(set(opposed))} pivots")
    pool, cnf = IDPool(), Cnf()
    instances = [
        -_either(
            [-_clause(clause, pool, cnf, fixed={opposed[0]: either}) for clause in (left, right)],
            pool,
            cnf,
        )
        for either in (True, False)
    ]
    eliminated = _either(instances, pool, cnf)
    equivalent = _same(eliminated, _clause(candidate, pool, cnf, fixed={}), pool, cnf)
    return not _solved([*cnf, [-equivalent]])


def _signs(clause: Clause) -> frozenset[tuple[str, bool]]:
    return frozenset((literal.atom.name, literal.positive) for literal in clause)


def _clause(clause: Clause, pool: IDPool, cnf: Cnf, fixed: dict[str, bool]) -> int:
    """Return a clause's literal, the atoms in `fixed` standing for the values given there."""
    literals = []
    for literal in clause:
        if literal.atom.name in fixed:
            variable = _variable(pool)
            cnf.append([variable if fixed[literal.atom.name] else -variable])
        else:
            variable = _variable(pool, literal.atom.name)
        literals.append(variable if literal.positive else -variable)
    return _either(literals, pool, cnf)


# ── clauses as numbers ──────────────────────────────────────────────────────────────────────────


def cnf_model(cnf: Cnf, *, conflicts: int) -> tuple[int, ...] | None:
    """Return the literals of a model of the clauses; `None` where there is none.

    Raises:
        TooLarge: the solver met so many conflicts before it knew.

    """
    with Solver(name="minisat22", bootstrap_with=cnf) as solver:
        solver.conf_budget(conflicts)
        solved = solver.solve_limited()
        if solved is None:
            raise TooLarge(f"the SAT solver met {conflicts:,} conflicts")
        return tuple(solver.get_model()) if solved else None


def cnf_core(cnf: Cnf, assumed: Iterable[int]) -> tuple[int, ...] | None:
    """Return some of the assumed literals that contradict the clauses; `None` where none do."""
    with Solver(name="minisat22", bootstrap_with=cnf) as solver:
        if solver.solve(assumptions=list(assumed)):
            return None
        return tuple(sorted(solver.get_core() or ()))
