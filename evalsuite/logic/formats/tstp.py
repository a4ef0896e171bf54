"""Refutations as TSTP derivations, which the tools around TPTP read.

    cnf(c1, axiom, (~ 'P' | 'Q'), file(problem, given_1)).
    cnf(c3, plain, ('Q'), inference(resolution, [status(thm)], [c1, c2])).

A clause is called after its place in the proof, from 1, and a given one names its place in the
problem. Every step is a consequence, `thm`. Sutcliffe, *The TPTP problem library and associated
infrastructure*, 2017.
"""

from collections.abc import Mapping, Sequence

from evalsuite.logic.clauses import Clause, in_order
from evalsuite.logic.flaws import NotGiven, UnknownReference
from evalsuite.logic.matching import variant
from evalsuite.logic.proofs import ClauseLine, Cut, Given, Instance, Step, Weaker
from evalsuite.logic.syntax import Substitution, Variable
from evalsuite.logic.writing import show, show_term

_RULES: Mapping[str | None, str] = {
    "resolve": "resolution",
    "factor": "factoring",
    "instance": "instantiation",
    None: "consequence",
}


def write(given: Sequence[Clause], proof: Sequence[ClauseLine | Step]) -> str:
    """Write a refutation of the given clauses, from its lines or from its kernel steps.

    Raises:
        Flaw: a line is said to be given and is not, or names a line that is not before it.

    """
    names: dict[str, str] = {}
    rows = []
    for place, one in enumerate(proof, start=1):
        name = f"c{place}"
        if isinstance(one, ClauseLine):
            source = _line_source(given, one, names)
            names[one.label] = name
        else:
            source = _step_source(one)
        role = "axiom" if source.startswith("file") else "plain"
        rows.append(f"cnf({name}, {role}, ({_clause(one.clause)}), {source}).\n")
    return "".join(
        ("% SZS output start CNFRefutation\n", *rows, "% SZS output end CNFRefutation\n")
    )


def _clause(clause: Clause) -> str:
    literals = (
        show(one.atom, "tptp") if one.positive else f"~ {show(one.atom, 'tptp')}"
        for one in in_order(clause)
    )
    return " | ".join(literals) or "$false"


def _line_source(given: Sequence[Clause], line: ClauseLine, names: Mapping[str, str]) -> str:
    if line.rule == "given" or not line.parents:
        return _file(_place(given, line))
    for label in line.parents:
        if label not in names:
            raise UnknownReference(f"there is no step {label} before this", line=line.line)
    return _inference(_RULES[line.rule], [names[label] for label in line.parents])


def _place(given: Sequence[Clause], line: ClauseLine) -> int:
    for place, clause in enumerate(given):
        if clause == line.clause:
            return place
    for place, clause in enumerate(given):
        if len(clause) == len(line.clause) and variant(clause, line.clause) is not None:
            return place
    raise NotGiven("the clause is not given", line=line.line)


def _step_source(step: Step) -> str:
    match step.reason:
        case Given(index):
            return _file(index)
        case Instance(of, substitution):
            return _inference("instantiation", [f"c{of + 1}{_bound(substitution)}"])
        case Cut(left, right, _):
            return _inference("resolution", [f"c{left + 1}", f"c{right + 1}"])
        case Weaker(of):
            return _inference("weakening", [f"c{of + 1}"])


def _file(place: int) -> str:
    return f"file(problem, given_{place + 1})"


def _inference(rule: str, parents: Sequence[str]) -> str:
    return f"inference({rule}, [status(thm)], [{', '.join(parents)}])"


def _bound(substitution: Substitution) -> str:
    if not substitution:
        return ""
    bindings = (
        f"bind({show_term(Variable(name), 'tptp')}, $fot({show_term(term, 'tptp')}))"
        for name, term in substitution.items()
    )
    return f":[{', '.join(bindings)}]"
