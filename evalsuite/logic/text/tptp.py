"""TPTP problem files, the languages FOF and CNF: http://tptp.org.

    fof(all_mortal, axiom, ! [X] : (man(X) => mortal(X))).
    fof(goal, conjecture, mortal(socrates)).
    cnf(c1, negated_conjecture, ~ p(X) | q(X, a)).

Roles: axiom, hypothesis, assumption, lemma, definition, theorem, corollary, plain and
negated_conjecture are premises, and there may be one conjecture. A file of `cnf` alone is a clause
set. There are no `include`, no equality, no types, and no numbers with their usual meaning.

Names stay where they can be ours. A variable `X1` is `x1`; one like `Foo`, which is no variable of
ours, becomes another one; a symbol that would be a variable or a connective has `_s` put behind it,
and what is no letter becomes `_`. Two names never become one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, reduce
from importlib import resources
from itertools import count
from types import SimpleNamespace
from typing import Any, TypeAlias, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

from evalsuite.logic.clauses import Clause, Literal, in_order, variables
from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.syntax import (
    And,
    Atom,
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
    depth,
    free_variables,
    functions,
    predicates,
    subformulas,
    with_parts,
)
from evalsuite.logic.text.complaints import complaint, flaw_at
from evalsuite.logic.text.names import is_name, is_variable
from evalsuite.logic.text.stated import ClauseSet, Inference, Stated
from evalsuite.logic.writing import show

_PREMISES = frozenset(
    {
        "axiom",
        "hypothesis",
        "assumption",
        "lemma",
        "definition",
        "theorem",
        "corollary",
        "plain",
        "negated_conjecture",
    }
)
_OTHERS = re.compile(r"(include|tff|thf|tcf|tpi)\s*\(")
_BEGIN = re.compile(r"(?:fof|cnf|include|tff|thf|tcf|tpi)\s*\(")
_GAP = re.compile(r"(?:\s+|%[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*")
# What a full stop may stand in that ends no formula; a comment may be without its end.
_PIECE = re.compile(
    r"%[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?|'(?:[^'\\\n]|\\.)*'?|\"(?:[^\"\\\n]|\\.)*\"?|\w+|\S"
)

# ── reading ─────────────────────────────────────────────────────────────────────────────────────

Read: TypeAlias = tuple[Token, Formula | Clause]  # the role, what is said


def read(text: str, limits: Limits = DEFAULT) -> Stated:
    """Read a problem.

    Raises:
        TooLarge: the text goes beyond the limits.
        SyntaxFlaw: it is not in the language.
        Unsupported: it is TPTP, but has what we do not read.

    """
    within(len(text), limits.characters, "characters")
    bounded = list(_statements(text, limits))
    said = [_statement(text[start:end], line, limits) for start, end, line in bounded]
    if not said:
        raise flaw_at("expected `fof(…).` or `cnf(…).`, found the end", text, len(text), 1)
    goals = [one for role, one in said if role == "conjecture"]
    if len(goals) > 1:
        raise Unsupported("more than one conjecture")
    symbols = _symbols([one for _, one in said])
    clauses = [one for _, one in said if isinstance(one, frozenset)]
    if len(clauses) == len(said):
        return ClauseSet(clauses=tuple(_clause(one, symbols) for one in clauses))
    premises = [_formula(one, symbols) for role, one in said if role != "conjecture"]
    conclusion = _formula(goals[0], symbols) if goals else None
    return Inference(premises=tuple(premises), conclusion=conclusion)


def is_tptp(text: str) -> bool:
    """Say whether a text begins as TPTP files do."""
    return _BEGIN.match(text, _after_gap(text)) is not None


def _statements(text: str, limits: Limits) -> Iterator[tuple[int, int, int]]:
    """Yield where each annotated formula begins and ends, and in which line; each is bounded."""
    start, line, found = 0, 1, 0
    size = level = 0
    for piece in _PIECE.finditer(text):
        symbol = piece[0]
        if symbol[0] == "%" or symbol.startswith("/*"):
            continue
        size += 1
        within(size, limits.size, "symbols or more in a formula")
        within(len(symbol), limits.name, "characters in a name")
        if symbol in "([":
            level += 1
            # One pair is around the whole; where a formula comes from is told in some more.
            within(level - 1, limits.depth, "brackets inside one another")
        elif symbol in ")]":
            level -= 1
        elif symbol == "." and level <= 0:
            found += 1
            within(found, limits.steps, "formulas")
            yield start, piece.end(), line
            line += text.count("\n", start, piece.end())
            start, size, level = piece.end(), 0, 0
    if size:
        yield start, len(text), line


def _statement(part: str, line: int, limits: Limits) -> Read:
    begin = _after_gap(part)
    begin_line = line + part.count("\n", 0, begin)
    if other := _OTHERS.match(part, begin):
        raise Unsupported(f"line {begin_line}: `{other[1]}` is not read")
    try:
        role, said = cast("Read", _parser().parse(part, start="statement"))
    except UnexpectedInput as error:
        raise complaint(error, part, line) from None
    except Unsupported as error:
        raise Unsupported(f"line {begin_line}: {error}") from None
    at = role.start_pos or 0
    if role not in _PREMISES and (role != "conjecture" or isinstance(said, frozenset)):
        raise flaw_at(f"`{role}` is no role that is read here", part, at, line)
    if isinstance(said, frozenset):
        within(max((depth(one.atom) for one in said), default=0), limits.depth, "levels deep")
        return role, said
    within(depth(said), limits.depth, "levels deep")
    for free in sorted(free_variables(said)):
        raise flaw_at(f"the variable `{free}` is not bound", part, part.find(free, at), line)
    return role, said


def _after_gap(text: str) -> int:
    gap = _GAP.match(text)
    return gap.end() if gap else 0


@cache
def _parser() -> Lark:
    grammar = resources.files(__package__).joinpath("tptp.lark").read_text(encoding="utf-8")
    # lark takes the rules' functions from any object's attributes.
    builders = cast("Transformer[Token, Any]", SimpleNamespace(**_BUILDERS))
    return Lark(
        grammar,
        start="statement",
        parser="lalr",
        lexer="contextual",
        transformer=builders,
        maybe_placeholders=False,
    )


# ── what each rule builds; names are still TPTP's ───────────────────────────────────────────────

_BINARY: Mapping[str, Callable[[Formula, Formula], Formula]] = {
    "<=>": Iff,
    "=>": Implies,
    "<=": lambda left, right: Implies(right, left),
    "<~>": Xor,
    "~|": lambda left, right: Not(Or(left, right)),
    "~&": lambda left, right: Not(And(left, right)),
}


def _word(parts: Sequence[Any]) -> str:
    word: str = parts[0].value
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith("'") else word


def _quantified(parts: Sequence[Any]) -> Formula:
    quantifier = Forall if parts[0] == "!" else Exists
    body: Formula = parts[-1]
    for variable in reversed(parts[2]):
        body = quantifier(variable, body)
    return body


def _literal(parts: Sequence[Any]) -> Literal | bool:
    """Read a literal, or the truth value of one without an atom."""
    positive = len(parts) == 1
    match parts[-1]:
        case Truth(value):
            return value == positive
        case atom:
            return Literal(atom=atom, positive=positive)


def _disjunction(parts: Sequence[Any]) -> Clause:
    if True in parts:
        raise Unsupported("a clause with `$true`")
    return frozenset(part for part in parts if isinstance(part, Literal))


def _equation(_: Sequence[Any]) -> Formula:
    raise Unsupported("equality is not read")


_BUILDERS: Mapping[str, Callable[[Sequence[Any]], object]] = {
    "fof": lambda parts: (parts[4], parts[6]),
    "cnf": lambda parts: (parts[4], parts[6]),
    "binary": lambda parts: _BINARY[parts[1]](parts[0], parts[2]),
    "conjunction": lambda parts: reduce(And, parts[::2]),
    "disjunction": lambda parts: reduce(Or, parts[::2]),
    "negation": lambda parts: Not(parts[1]),
    "quantified": _quantified,
    "bracketed": lambda parts: parts[1],
    "clause": _disjunction,
    "literal": _literal,
    "atom": lambda parts: Atom(*parts[0]),
    "truth": lambda _: Truth(True),
    "falsity": lambda _: Truth(False),
    "equation": _equation,
    "applied": lambda parts: (parts[0], parts[2] if len(parts) > 1 else ()),
    "terms": lambda parts: tuple(parts[::2]),
    "function": lambda parts: Function(*parts[0]),
    "variable": lambda parts: Variable(parts[0].value),
    "variables": lambda parts: tuple(part.value for part in parts[::2]),
    "word": _word,
    "general": lambda _: None,
}

# ── names ───────────────────────────────────────────────────────────────────────────────────────

Names: TypeAlias = Mapping[str, str]


def _symbols(said: Iterable[Formula | Clause]) -> tuple[Names, Names]:
    """Return our names for predicates, and for functions and constants."""
    wholes = [one.atom for each in said if isinstance(each, frozenset) for one in each]
    formulas = [*wholes, *(one for one in said if not isinstance(one, frozenset))]
    signs = {name for one in formulas for name, _ in predicates(one)}
    things = {pair for one in formulas for pair in functions(one)}
    constants = {name for name, arity in things if not arity}

    def is_thing(name: str) -> bool:
        return (is_name(name) or name.isdecimal()) and not (name in constants and is_variable(name))

    return _ours(signs, is_name), _ours({name for name, _ in things}, is_thing)


def _ours(names: Iterable[str], fits: Callable[[str], bool]) -> Names:
    """Return a name of ours for each: itself where it fits, else one like it that is free."""
    names = sorted(names)
    found = {name: name for name in names if fits(name)}
    taken, last = set(found), Counter[str]()
    for name in names:
        if name in found:
            continue
        letters = "".join(one if one.isascii() and one.isalnum() else "_" for one in name)
        stem = f"{letters}_s" if letters[:1].isalpha() else f"n{letters}_s"
        new = stem
        while new in taken:
            last[stem] += 1
            new = f"{stem}{last[stem]}"
        found[name] = new
        taken.add(new)
    return found


def _variables(names: Iterable[str]) -> Names:
    """Return our names for variables: `x1` for `X1`; free ones for those that cannot have that."""
    found = {name: name.lower() for name in names}
    kept = {name: ours for name, ours in found.items() if is_variable(ours)}
    free = (f"x{number}" for number in count(1) if f"x{number}" not in set(kept.values()))
    return {name: kept[name] if name in kept else next(free) for name in found}


def _formula(said: Formula | Clause, symbols: tuple[Names, Names]) -> Formula:
    """Return what is said in our names, a clause as a closed formula."""
    if isinstance(said, frozenset):
        clause = _clause(said, symbols)
        literals: list[Formula] = [
            one.atom if one.positive else Not(one.atom) for one in in_order(clause)
        ]
        body: Formula = reduce(Or, literals) if literals else Truth(False)
        for variable in sorted(variables(clause), reverse=True):
            body = Forall(variable, body)
        return body
    bound = [one.variable for one in subformulas(said) if isinstance(one, Forall | Exists)]
    return _renamed(said, symbols, _variables(dict.fromkeys(bound)))


def _clause(said: Clause, symbols: tuple[Names, Names]) -> Clause:
    ours = _variables(sorted(variables(said)))
    return frozenset(
        Literal(atom=_renamed_atom(one.atom, symbols, ours), positive=one.positive) for one in said
    )


def _renamed(formula: Formula, symbols: tuple[Names, Names], ours: Names) -> Formula:
    match formula:
        case Atom():
            return _renamed_atom(formula, symbols, ours)
        case Forall(variable, body) | Exists(variable, body):
            return type(formula)(ours[variable], _renamed(body, symbols, ours))
        case _:
            return with_parts(formula, lambda part: _renamed(part, symbols, ours))


def _renamed_atom(atom: Atom, symbols: tuple[Names, Names], ours: Names) -> Atom:
    args = tuple(_renamed_term(arg, symbols[1], ours) for arg in atom.args)
    return Atom(symbols[0][atom.name], args)


def _renamed_term(term: Term, things: Names, ours: Names) -> Term:
    match term:
        case Variable(name):
            return Variable(ours[name])
        case Function(name, args):
            return Function(things[name], tuple(_renamed_term(arg, things, ours) for arg in args))


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


def write(stated: Stated) -> str:
    """Write a problem.

    Raises:
        Unsupported: its logic is not classical.

    """
    match stated:
        case ClauseSet(clauses=clauses):
            lines = [f"cnf(c{at}, axiom, {_disjoined(one)})." for at, one in enumerate(clauses, 1)]
        case Inference(premises=premises, conclusion=conclusion, logic=logic):
            if logic != "classical":
                raise Unsupported(f"TPTP's `fof` is classical, not {logic}")
            lines = [
                f"fof(p{at}, axiom, {show(premise, 'tptp')})."
                for at, premise in enumerate(premises, 1)
            ]
            if conclusion is not None:
                lines.append(f"fof(goal, conjecture, {show(conclusion, 'tptp')}).")
    return "".join(f"{line}\n" for line in lines)


def _disjoined(clause: Clause) -> str:
    literals = (one.atom if one.positive else Not(one.atom) for one in in_order(clause))
    return " | ".join(show(one, "tptp") for one in literals) or "$false"
