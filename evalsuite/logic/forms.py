"""Whether an answer is in a normal form, and, apart from that, whether it is one of the formula.

Any of the many right answers is accepted: forms are judged by their grammar; NNF, CNF, DNF and
prenex form by equivalence; Tseitin's, Skolem and clausal form, which have new symbols, by whether
their models are those of the formula once the new symbols are forgotten.

    literal ::= A | ~A
    clause  ::= literal | clause "|" clause
    cube    ::= literal | cube & cube
    NNF     ::= literal | true | false | NNF & NNF | NNF "|" NNF | Q x. NNF | []NNF | <>NNF
    CNF     ::= clause | CNF & CNF | true | false
    DNF     ::= cube | DNF "|" DNF | true | false
    prenex  ::= Q x. prenex | quantifier-free
    Skolem  ::= forall x. Skolem | quantifier-free
    clausal ::= forall x. clausal | CNF
"""

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from evalsuite.logic import smt, solvers
from evalsuite.logic.clauses import Clause
from evalsuite.logic.limits import DEFAULT
from evalsuite.logic.negations import bounded
from evalsuite.logic.normal import conjunction, formula_of, operands
from evalsuite.logic.smt import Answer
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
    atoms,
    is_propositional,
    subformulas,
    substitute,
)
from evalsuite.logic.unskolem import unskolemised
from evalsuite.logic.writing import show

Form: TypeAlias = Literal["nnf", "cnf", "dnf", "prenex", "skolem", "clausal"]

_ROUNDS = 2_000  # valuations that the check of a Tseitin form tries

# ── form ────────────────────────────────────────────────────────────────────────────────────────


def form_flaw(form: Form, formula: Formula) -> str | None:
    """Say why a formula is not in a form; `None` where it is."""
    match form:
        case "nnf":
            return next(_nnf_flaws(formula), None)
        case "cnf":
            return next(_chain_flaws(formula, And, Or), None)
        case "dnf":
            return next(_chain_flaws(formula, Or, And), None)
        case "prenex":
            return next(_prenex_flaws(formula), None)
        case "skolem":
            return next(_skolem_flaws(formula), None)
        case "clausal":
            flaws = next(_skolem_flaws(formula), None)
            return flaws or next(_chain_flaws(_matrix(formula), And, Or), None)


def is_nnf(formula: Formula) -> bool:
    """Say whether the formula is in negation normal form."""
    return form_flaw("nnf", formula) is None


def is_cnf(formula: Formula) -> bool:
    """Say whether the formula is in conjunctive normal form."""
    return form_flaw("cnf", formula) is None


def is_dnf(formula: Formula) -> bool:
    """Say whether the formula is in disjunctive normal form."""
    return form_flaw("dnf", formula) is None


def is_prenex(formula: Formula) -> bool:
    """Say whether all quantifiers stand in front, each with a variable of its own."""
    return form_flaw("prenex", formula) is None


def is_skolem(formula: Formula) -> bool:
    """Say whether all quantifiers stand in front and are universal: a check for the tests."""
    return form_flaw("skolem", formula) is None


def is_clausal(formula: Formula) -> bool:
    """Say whether the formula is in conjunctive normal form after universal quantifiers.

    A check for the tests.
    """
    return form_flaw("clausal", formula) is None


def _nnf_flaws(formula: Formula) -> Iterator[str]:
    for found in subformulas(formula):
        match found:
            case Not(Atom()):
                pass
            case Not():
                yield f"`{show(found)}` negates more than an atom"
            case Implies() | Iff() | Xor():
                yield f"`{show(found)}` is made with neither `&` nor `|`"
            case Atom() | Truth() | And() | Or() | Forall() | Exists() | Box() | Diamond():
                pass


def _chain_flaws(
    formula: Formula, outer: type[And] | type[Or], inner: type[And] | type[Or]
) -> Iterator[str]:
    if isinstance(formula, Truth):
        return
    for row in operands(formula, outer):
        for part in operands(row, inner):
            match part:
                case Atom() | Not(Atom()):
                    pass
                case Truth():
                    yield f"`{show(part)}` stands beside something else"
                case And() | Or():
                    yield f"`{show(part)}` stands inside `{'|' if inner is Or else '&'}`"
                case _:
                    yield f"`{show(part)}` is no literal"


def _prenex_flaws(formula: Formula) -> Iterator[str]:
    bound: set[str] = set()
    while isinstance(formula, Forall | Exists):
        if formula.variable in bound:
            yield f"`{formula.variable}` is bound twice"
        bound.add(formula.variable)
        formula = formula.body
    for found in subformulas(formula):
        if isinstance(found, Forall | Exists | Box | Diamond):
            yield f"`{show(found)}` stands inside"


def _skolem_flaws(formula: Formula) -> Iterator[str]:
    yield from _prenex_flaws(formula)
    while isinstance(formula, Forall | Exists):
        if isinstance(formula, Exists):
            yield f"`exists {formula.variable}` is left"
        formula = formula.body


def _matrix(formula: Formula) -> Formula:
    while isinstance(formula, Forall):
        formula = formula.body
    return formula


# ── equivalence ─────────────────────────────────────────────────────────────────────────────────


def same_truth(first: Formula, second: Formula) -> bool:
    """Say whether two formulas have the same truth table, by PySAT.

    Raises:
        Unsupported: one is not propositional.

    """
    return not solvers.satisfiable([Xor(first, second)])


def same_meaning(first: Formula, second: Formula, *, milliseconds: int) -> Answer:
    """Say whether two formulas are equivalent, by PySAT or z3.

    Raises:
        TooLarge: one is deeper than the default limits allow.
        Unsupported: one is modal.

    """
    if is_propositional(first) and is_propositional(second):
        return "yes" if same_truth(first, second) else "no"
    return smt.equivalent(first, second, milliseconds=milliseconds)


# ── equivalence but for new symbols ─────────────────────────────────────────────────────────────


def is_definitional(answer: Formula, formula: Formula, *, rounds: int = _ROUNDS) -> Answer:
    """Say whether a propositional answer has the formula's models but for new atoms.

    The formula must follow from the answer, and each of its models must become one of the answer
    for some values of the new atoms. A model of the formula is sought that does not; whatever
    values of the new atoms refute that rule out further ones. "unknown" after so many rounds.

    Raises:
        TooLarge: one is beyond the default limits.
        Unsupported: one is not propositional.

    """
    for one in (answer, formula):
        bounded(one, DEFAULT)
    if solvers.satisfiable([answer, Not(formula)]):
        return "no"
    old = frozenset(atoms(formula))
    ruled_out: list[Formula] = []
    for _ in range(rounds):
        row = solvers.valuation([formula, *ruled_out])
        if row is None:
            return "yes"
        fixed = {name: Truth(value) for name, value in row.items() if name in old}
        full = solvers.valuation([substitute(answer, fixed)])
        if full is None:
            return "no"
        new = {name: Truth(full.get(name, False)) for name in atoms(answer) if name not in old}
        ruled_out.append(Not(substitute(answer, new)))
    return "unknown"


def is_skolemisation(answer: Formula, formula: Formula, *, milliseconds: int) -> Answer:
    """Say whether an answer has the formula's models but for new functions, by z3.

    The answer is in Skolem or clausal form; variables that it leaves free are closed by `forall`,
    and so are the formula's. "unknown" also where new functions are not used as Skolem functions
    are (`f(x)` beside `f(a)`), though the answer may still be right.

    Raises:
        TooLarge: one is beyond the default limits.
        Unsupported: one is modal, or the answer is not in Skolem form.

    """
    return unskolemised(answer, formula, milliseconds=milliseconds)


def is_clausal_form(
    clauses: Iterable[Clause], formulas: Iterable[Formula], *, milliseconds: int
) -> Answer:
    """Say whether clauses have the formulas' models but for new functions.

    As `is_skolemisation`; a check for the tests, independent of `clausal`.
    """
    return is_skolemisation(formula_of(clauses), conjunction(formulas), milliseconds=milliseconds)
