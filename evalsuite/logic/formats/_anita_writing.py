"""Write tableaux in ANITA's language.

ANITA wants more than the rules ask for, and gets it: lines numbered from 1 in the order of the
text, all premises first and the conclusion after them, both components of an α formula on
neighbouring lines, the left alternative of a β formula first, each rule once on a branch.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.proofs import Branch, CloseLine, NodeLine, OpenLine, TableauLine
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
    Truth,
    Xor,
    free_variables,
    subformulas,
)
from evalsuite.logic.tableau import Alternatives, Kind, Signed, extensions, kind
from evalsuite.logic.writing import show

_PAIR = 2


def write(
    premises: Sequence[Formula], conclusion: Formula | None, lines: Sequence[TableauLine]
) -> str:
    """Write a tableau; wrong lines stay wrong.

    Names that the language does not have are changed; comments at the top say which.

    Raises:
        Unsupported: a formula, or the lack of a conclusion, is outside the language.

    """
    if conclusion is None:
        raise Unsupported("ANITA's tableaux have a conclusion")
    nodes = [line for line in lines if isinstance(line, NodeLine)]
    formulas = [*premises, conclusion, *(node.signed.formula for node in nodes)]
    for node in nodes:
        if node.signed.world:
            raise Unsupported("ANITA's tableaux have no worlds")
    names = _names(formulas)
    page = _Page(names=names, nodes={node.label: node for node in nodes})
    _assumed(page, premises, conclusion)
    _branches(page, lines)
    renamed = [f"# {new} stands for {old}" for (_, old), new in names.items() if old != new]
    return "\n".join((*renamed, *page.rows)) + "\n"


# ── names and formulas ──────────────────────────────────────────────────────────────────────────

_Names = Mapping[tuple[str, str], str]  # ("atom", "constant" or "variable", name) to ANITA's name
_ATOM = re.compile(r"(?![TF]|[AE][TF])[A-Z][A-Z0-9]*")
_TERM = re.compile(r"(?!pre|conclus|closed|fechado)[a-z][a-z0-9]*")


def _names(formulas: Sequence[Formula]) -> dict[tuple[str, str], str]:
    """Return the name of each symbol: its own, or one like it that the language has."""
    found: dict[tuple[str, str], None] = {}
    for formula in formulas:
        for one in subformulas(formula):
            found.update(dict.fromkeys(_symbols(one)))
    names: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    # Names that can stay are given first, so that no other symbol takes them.
    for space, old in sorted(found, key=lambda one: not _fits(*one)):
        names[space, old] = _fitting(space, old, taken)
        taken.add(names[space, old])
    return {symbol: names[symbol] for symbol in found}


def _symbols(formula: Formula) -> Iterator[tuple[str, str]]:
    match formula:
        case Atom(name, args):
            yield "atom", name
            for arg in args:
                if isinstance(arg, Function) and arg.args:
                    raise Unsupported(f"ANITA has no functions such as `{arg.name}`")
                yield ("constant" if isinstance(arg, Function) else "variable"), arg.name
        case Forall(variable, body) | Exists(variable, body):
            if variable not in free_variables(body):
                text = f"ANITA takes no quantifier whose variable, `{variable}`, stands nowhere"
                raise Unsupported(text)
            yield "variable", variable
        case Truth() | Iff() | Xor() | Box() | Diamond():
            raise Unsupported(f"ANITA has no formulas such as `{show(formula)}`")
        case Not() | And() | Or() | Implies():
            pass


def _fits(space: str, name: str) -> bool:
    return (_ATOM if space == "atom" else _TERM).fullmatch(name) is not None


def _fitting(space: str, name: str, taken: AbstractSet[str]) -> str:
    if not _fits(space, name):
        name = re.sub(r"[^A-Za-z0-9]", "", name)
        name = name.upper() if space == "atom" else name.lower()
        name = name if _fits(space, name) else ("P" if space == "atom" else "c") + name
    new, count = name, 0
    while new in taken:
        count += 1
        new = f"{name}{count}"
    return new


def _written(formula: Formula, names: _Names) -> str:
    match formula:
        case Atom(name, args):
            terms = ",".join(
                names["constant" if isinstance(arg, Function) else "variable", arg.name]
                for arg in args
            )
            return names["atom", name] + (f"({terms})" if args else "")
        case Not(body):
            return f"~{_operand(body, names)}"
        case Forall(variable, body):
            return f"A{names['variable', variable]} {_operand(body, names)}"
        case Exists(variable, body):
            return f"E{names['variable', variable]} {_operand(body, names)}"
        case And(left, right):
            return f"{_operand(left, names)} & {_operand(right, names)}"
        case Or(left, right):
            return f"{_operand(left, names)} | {_operand(right, names)}"
        case Implies(left, right):
            return f"{_operand(left, names)} -> {_operand(right, names)}"
        case Truth() | Iff() | Xor() | Box() | Diamond():
            raise Unsupported(f"ANITA has no formulas such as `{show(formula)}`")


def _operand(formula: Formula, names: _Names) -> str:
    text = _written(formula, names)
    return f"({text})" if isinstance(formula, And | Or | Implies) else text


# ── lines ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True, kw_only=True)
class _Page:
    """The text as it grows.

    Attributes:
        numbers: the new number of each label.
        given: on the branch that is being written, the number of what a line's rule gave.

    """

    names: _Names
    nodes: Mapping[str, NodeLine]
    rows: list[str] = field(default_factory=list)
    count: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    given: dict[tuple[str, Signed], int] = field(default_factory=dict)

    def put(self, signed: Signed, told: str, *, depth: int, opens: bool = False) -> int:
        """Write a line with a formula and return its number."""
        self.count += 1
        claim = f"{'T' if signed.sign else 'F'} {_written(signed.formula, self.names)}"
        margin = "  " * (depth - opens) + ("{ " if opens else "")
        self.rows.append(f"{self.count}. {margin}{claim}  {told}")
        return self.count


def _assumed(page: _Page, premises: Sequence[Formula], conclusion: Formula) -> None:
    """Write the premises, the conclusion after them."""
    for premise in premises:
        signed = Signed(sign=True, formula=premise)
        page.given.setdefault(("", signed), page.put(signed, "pre", depth=0))
    signed = Signed(sign=False, formula=conclusion)
    page.given["", signed] = page.put(signed, "conclusion", depth=0)


def _branches(page: _Page, lines: Sequence[TableauLine]) -> None:
    """Write what stands on the branches, each followed by those that it splits into."""
    on_branch: dict[Branch, list[TableauLine]] = {(): []}
    children: dict[Branch, list[Branch]] = {}
    for line in lines:
        if line.branch not in on_branch:
            children.setdefault(line.branch[:-1], []).append(line.branch)
        on_branch.setdefault(line.branch, []).append(line)
    # A branch, and once it is written, how much was given before it.
    waiting: list[tuple[Branch, int | None]] = [((), None)]
    while waiting:
        branch, before = waiting.pop()
        if before is not None:
            while len(page.given) > before:
                page.given.popitem()
            page.rows.append("  " * (len(branch) - 1) + "}")
            continue
        if branch:
            waiting.append((branch, len(page.given)))
        for place, line in enumerate(on_branch[branch]):
            _line(page, line, opens=bool(branch) and place == 0)
        below = sorted(children.get(branch, ()), key=lambda one: _place(page, on_branch[one][0]))
        waiting.extend((child, None) for child in reversed(below))


def _place(page: _Page, line: TableauLine) -> int:
    """Return which alternative the line that opens a branch belongs to, from 0."""
    alternatives = _alternatives(page, line)
    fitting = (
        place
        for place, alternative in enumerate(alternatives)
        if isinstance(line, NodeLine) and line.signed in alternative
    )
    return next(fitting, len(alternatives))


def _alternatives(page: _Page, line: TableauLine) -> Alternatives:
    """Return what the rule gives that a line comes from; none where it takes a term."""
    source = page.nodes.get(line.origin) if isinstance(line, NodeLine) else None
    if source is None or kind(source.signed) is not Kind.PLAIN:
        return ()
    return extensions(source.signed)


def _line(page: _Page, line: TableauLine, *, opens: bool) -> None:
    match line:
        case NodeLine():
            _node(page, line, opens=opens)
        case CloseLine(nodes=nodes):
            if len(nodes) != _PAIR:
                raise Unsupported("ANITA closes a branch by two lines that are named")
            page.count += 1
            told = ",".join(_number(page, node) for node in nodes)
            page.rows.append(f"{page.count}. {'  ' * len(line.branch)}@  {told}")
        case OpenLine():
            pass  # ANITA finds the countermodel itself


def _node(page: _Page, line: NodeLine, *, opens: bool) -> None:
    depth = len(line.branch)
    is_assumed = line.origin in {"premise", "goal"}
    told = "" if is_assumed else _number(page, line.origin)
    known = page.given.get((told, line.signed))
    if known is not None:
        page.numbers[line.label] = known
        return
    if is_assumed:
        told = "pre" if line.origin == "premise" else "conclusion"
        page.numbers[line.label] = page.put(line.signed, told, depth=depth, opens=opens)
        return
    alternatives = _alternatives(page, line)
    is_alpha = len(alternatives) == 1 and line.signed in alternatives[0]
    for signed in alternatives[0] if is_alpha else (line.signed,):
        number = page.put(signed, told, depth=depth, opens=opens)
        page.given.setdefault((told, signed), number)
    page.numbers[line.label] = page.given[told, line.signed]


def _number(page: _Page, label: str) -> str:
    """Return the new number of a line; a line that is not there yet keeps its own."""
    if label not in page.numbers and not label.isdigit():
        raise Unsupported(f"ANITA's lines have no numbers such as `{label}`")
    return str(page.numbers.get(label, label))
