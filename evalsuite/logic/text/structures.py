"""Read finite structures as people and models write them, and write them so.

    domain: a, b            D = {1, 2}
    c = a                   c: 1
    f: a -> b, b -> b       f(1) = 2, f(2) = 2
    P: a                    P = {1}          P(1)=T, P(2)=F       Q: true
    R: (a, b), (b, b)       R = {(1, 2)}     R: none

What the symbols are, the formulas say that the structure is for. A predicate that is left out is
empty; a constant that is left out names the element of its own name, if there is one. Lines about
other things are passed over.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from evalsuite.logic import syntax
from evalsuite.logic.flaws import BadStructure, NoProof, UnreadableLine
from evalsuite.logic.limits import within
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import Formula

_LONGEST = 20_000  # characters
_INK = re.compile(r"[*`$\\\"\u200b]|^[ \t]{0,20}(?:[-•>#+]|\d{1,3}[.)])[ \t]{1,20}", re.MULTILINE)
_SEPARATOR = r"(?::=|=|:|↦|->|→|\bis\b|\bé\b)"
_ARROW = r"(?:->|→|↦|:=|=|:)"
_WORD = re.compile(r"[^\W_][\w']*|\d+")
_DOMAIN = re.compile(
    rf"\s*(?P<word>(?:the\s|o\s)?(?:domain|universe|dom[ií]nio|universo)|[DUM])\s*{_SEPARATOR}"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_HEAD = re.compile(
    rf"\s*(?:I\s?\(\s?)?(?P<name>[^\W\d_][\w']*)(?:\s?\))?(?:\^\{{?[MID]\}}?)?"
    rf"(?:/\d)?\s{{0,20}}{_SEPARATOR}(?P<rest>.*)"
)
_FACT = re.compile(
    r"(?P<no>~|¬|!|\bnot\s|\bnão\s)?\s{0,9}(?<![\w'])(?P<name>[^\W\d_][\w']*)"
    rf"\s?\((?P<args>[^()]{{0,200}})\)\s{{0,9}}(?:{_SEPARATOR}\s{{0,9}}(?P<to>[\w'⊤⊥]+))?",
)
_TUPLE = re.compile(
    r"[(<⟨\[](?P<args>[^()<>⟨⟩\[\]]{0,200})[)>⟩\]]"
    rf"(?:\s{{0,9}}{_ARROW}\s{{0,9}}(?P<to>[\w'⊤⊥]+))?"
)
_MAPPED = re.compile(rf"(?<![\w'])(?P<args>[\w']+)\s{{0,9}}{_ARROW}\s{{0,9}}(?P<to>[\w'⊤⊥]+)")
_TRUE = frozenset({"t", "v", "true", "verdadeiro", "verdadeira", "1", "⊤", "yes", "sim"})
_FALSE = frozenset({"f", "false", "falso", "falsa", "0", "⊥", "no", "não"})
_NOTHING = frozenset(
    {
        *("", "-", "–", "—", "∅", "none", "nothing", "empty", "of nothing", "empty set"),
        *("the empty set", "nenhum", "nenhuma", "nada", "vazio", "vazia", "conjunto vazio"),
    }
)

_Tuple = tuple[str, ...]


def structure(text: str, formulas: Iterable[Formula]) -> Structure:
    """Read a structure for formulas; whether it is a structure, `structures.check` says.

    Raises:
        TooLarge: the text is too long.
        NoProof: it names no domain.
        UnreadableLine: it says two things of one symbol.
        BadStructure: a symbol takes another number of arguments.

    """
    within(len(text), _LONGEST, "characters of a structure")
    reading = _Reading.of(formulas)
    for number, row in enumerate(text.splitlines(), start=1):
        for part in _parts(_INK.sub("", row), reading.names()):
            reading.part(part, number)
    if reading.domain is None:
        raise NoProof("it names no domain")
    domain = tuple(dict.fromkeys(reading.domain))
    own = {name: name for name, arity in reading.functions.items() if not arity and name in domain}
    return Structure(
        domain=domain,
        constants={**own, **reading.constants},
        functions=reading.tables,
        predicates={
            name: frozenset(args for args, holds in said.items() if holds)
            for name, said in reading.facts.items()
        },
    )


def show(model: Structure) -> str:
    """Write a structure as models are asked to, a line for each symbol."""
    rows = [f"domain: {', '.join(model.domain)}"]
    rows += [f"{name} = {element}" for name, element in sorted(model.constants.items())]
    rows += [
        f"{name}: {', '.join(f'{_shown(args)} -> {to}' for args, to in sorted(table.items()))}"
        for name, table in sorted(model.functions.items())
    ]
    rows += [
        f"{name}: {_extension(extension)}" for name, extension in sorted(model.predicates.items())
    ]
    return "\n".join(rows)


def _extension(extension: frozenset[_Tuple]) -> str:
    if () in extension:
        return "true"
    return ", ".join(map(_shown, sorted(extension))) or "none"


def _shown(args: _Tuple) -> str:
    return args[0] if len(args) == 1 else f"({', '.join(args)})"


def _parts(row: str, names: frozenset[str]) -> Iterator[str]:
    """Split a line into what it says of different symbols: at `;`, and at commas before one."""
    depth, start = 0, 0
    for at, sign in enumerate(row):
        depth += (sign in "({[⟨") - (sign in ")}]⟩")
        if sign == ";" or (sign == "," and depth <= 0 and _begins(row[at + 1 :], names)):
            yield row[start:at]
            start = at + 1
    yield row[start:]


def _begins(rest: str, names: frozenset[str]) -> bool:
    head = _HEAD.match(rest[:200])
    return (head is not None and head["name"] in names) or _DOMAIN.match(rest[:200]) is not None


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What the symbols are, and what has been said of them so far."""

    predicates: Mapping[str, int]
    functions: Mapping[str, int]
    domain: list[str] | None = None
    constants: dict[str, str] = field(default_factory=dict)
    tables: dict[str, dict[_Tuple, str]] = field(default_factory=dict)
    facts: dict[str, dict[_Tuple, bool]] = field(default_factory=dict)

    @classmethod
    def of(cls, formulas: Iterable[Formula]) -> "_Reading":
        given = tuple(formulas)
        return cls(
            predicates={name: n for one in given for name, n in syntax.predicates(one)},
            functions={name: n for one in given for name, n in syntax.functions(one)},
        )

    def names(self) -> frozenset[str]:
        return frozenset((*self.predicates, *self.functions))

    def part(self, text: str, line: int) -> None:
        """Take in what one part of a line says."""
        head, domain = _HEAD.match(text), _DOMAIN.match(text)
        known = head is not None and head["name"] in self.names()
        if domain is not None and not (known and len(domain["word"]) == 1):
            self._of_domain(domain["rest"], line)
        elif head is not None and head["name"] in self.predicates:
            self._of_predicate(head["name"], head["rest"], line)
        elif head is not None and head["name"] in self.functions:
            self._of_function(head["name"], head["rest"], line)
        else:
            self._of_facts(text, line)

    def _of_domain(self, rest: str, line: int) -> None:
        found = _WORD.findall(rest.partition("}")[0])
        if self.domain is not None and set(found) != set(self.domain):
            raise UnreadableLine("there are two domains", line=line)
        self.domain = found

    def _of_predicate(self, name: str, rest: str, line: int) -> None:
        arity, said = self.predicates[name], rest.strip(" .{}").lower()
        self.facts.setdefault(name, {})
        if arity == 0:
            if said in _TRUE | _FALSE:
                self._fact(name, (), said in _TRUE, line)
            return
        if said in _NOTHING:
            return
        pairs = [(one["args"], one["to"]) for one in _TUPLE.finditer(rest)]
        if arity == 1 and not pairs:
            pairs = [(one["args"], one["to"]) for one in _MAPPED.finditer(rest)]
            pairs = pairs or [(one, None) for one in _WORD.findall(rest)]
        if arity == 1 and all(to is None for _, to in pairs):
            pairs = [(one, None) for args, _ in pairs for one in _WORD.findall(args)]
        for args, to in pairs:
            self._fact(name, _elements(args), to is None or to.lower() not in _FALSE, line)

    def _of_function(self, name: str, rest: str, line: int) -> None:
        arity = self.functions[name]
        if arity == 0:
            found = _WORD.search(rest)
            if found:
                self._names(name, found[0], line)
            return
        pairs = [(one["args"], one["to"]) for one in _TUPLE.finditer(rest)]
        if arity == 1 and not any(to for _, to in pairs):
            mapped = [(one["args"], one["to"]) for one in _MAPPED.finditer(rest)]
            pairs = mapped or pairs
        for args, to in pairs:
            whole = (*_elements(args), *([] if to is None else [to]))
            if whole:
                self._maps(name, whole[:-1], whole[-1], line)

    def _of_facts(self, text: str, line: int) -> None:
        for one in _FACT.finditer(text):
            name, args, to = one["name"], _elements(one["args"]), one["to"]
            if name in self.predicates:
                holds = to is None or to.lower() not in _FALSE
                self._fact(name, args, holds is (one["no"] is None), line)
            elif name in self.functions and to is not None:
                self._maps(name, args, to, line)

    def _fact(self, name: str, args: _Tuple, holds: bool, line: int) -> None:
        self._count(name, args, self.predicates[name])
        if self.facts.setdefault(name, {}).setdefault(args, holds) is not holds:
            raise UnreadableLine(f"`{name}` has two values", line=line)

    def _maps(self, name: str, args: _Tuple, to: str, line: int) -> None:
        self._count(name, args, self.functions[name])
        if self.tables.setdefault(name, {}).setdefault(args, to) != to:
            raise UnreadableLine(f"`{name}` has two values", line=line)

    def _names(self, name: str, element: str, line: int) -> None:
        if self.constants.setdefault(name, element) != element:
            raise UnreadableLine(f"`{name}` names two elements", line=line)

    def _count(self, name: str, args: _Tuple, arity: int) -> None:
        if len(args) != arity:
            raise BadStructure(f"`{name}`: it takes {arity} arguments, not {len(args)}")


def _elements(text: str) -> _Tuple:
    return tuple(_WORD.findall(text))
