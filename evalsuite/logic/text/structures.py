"""Read finite structures as people and models write them, and write them so.

    domain: a, b            D = {1, 2}
    c = a                   c: 1
    f: a -> b, b -> b       f(1) = 2, f(2) = 2
    P: a                    P = {1}          P(1)=T, P(2)=F       Q: true
    R: (a, b), (b, b)       R = {(1, 2)}     R: none              R: (a, b), not (b, a)

What the symbols are, the formulas say that the structure is for. A predicate that is left out is
empty; a constant that is left out names the element of its own name, if there is one. Lines about
other things are passed over. A line about a symbol that denies or generalises in another way is
unreadable, and so is a domain that is described instead of listed.
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
_NO = (
    r"(?:(?P<no>~|¬|!(?=[\w(])|(?i:\b(?:not|neither|nor|não|nem)\s))\s{0,9})?"
    r"(?!(?i:not|neither|nor|não|nem)\b)"
)
_FACT = re.compile(
    rf"{_NO}(?<![\w'])(?P<name>[^\W\d_][\w']*)"
    rf"\s?\((?P<args>[^()]{{0,200}})\)\s{{0,9}}"
    r"(?P<denied>does\snot\shold|doesn['’]t\shold|is\snot\s(?:true|the\scase)|isn['’]t\strue|fails"
    r"|não\svale|não\sé\sverdadeir[oa])?"
    rf"(?:{_SEPARATOR}\s{{0,9}}(?P<to>[\w'⊤⊥]+))?",
)
_TUPLE = re.compile(
    rf"{_NO}[(<⟨\[](?P<args>[^()<>⟨⟩\[\]]{{0,200}})[)>⟩\]]"
    rf"(?:\s{{0,9}}{_ARROW}\s{{0,9}}(?P<to>[\w'⊤⊥]+))?"
)
_MAPPED = re.compile(rf"{_NO}(?<![\w'])(?P<args>[\w']+)\s{{0,9}}{_ARROW}\s{{0,9}}(?P<to>[\w'⊤⊥]+)")
_LISTED = re.compile(rf"{_NO}(?<![\w'])(?P<args>[^\W_][\w']*)")
# Such a word beside what was read may turn it round, or say more than it.
_TURNS = re.compile(
    r"\b(?:not|no|cannot|never|nor|neither|none|without|false|fails?|missing|lacks?|would|or|iff?"
    r"|except|but|other|than|all|every|each|any|everything|everyone|vice"
    r"|complement|etc|[lc]?dots"
    r"|não|nem|nunca|sem|falsos?|falsas?|falta|falha|nenhuma?|ou|se|exceto|menos|mas"
    r"|outr[oa]s?|tod[oa]s?|cada)\b|n['’]t\b|[~¬!≠…⊥]|\.\.\.|->|→|⇒|(?-i:\bF\b)|\|\s?0\b",
    re.IGNORECASE,
)
_SET = re.compile(
    r"\s*(?:(?:the|o)\s)?(?:(?:finite\s)?set|conjunto)?\s?(?:[DUM]\s?=)?\s?\{(?P<inside>[^{}]*)\}"
    r"(?![^{}]*(?:[∪\\{}]|union))",
    re.IGNORECASE,
)
_BUT = re.compile(r"\b(?:but|mas|and|e)\s(?=(?:not|neither|não|nem)\s)", re.IGNORECASE)
_AND = re.compile(r"\s(?:and|e)\s", re.IGNORECASE)
_GIVEN = re.compile(r"[(\[]?\s*(?P<names>[\w'’]+(?:\s?[,;]\s?[\w'’]+)*)?\s?[)\]]?\s?\.?\s*")
_SHORT = re.compile(r"[^\W_]{1,2}(?:\s[^\W_]{1,2})+\.?")  # elements between which blanks stand
_DESCRIBED = re.compile(
    r"(?:the\s?)?(?:integers?|naturals?|reals?|rationals?|numbers?|people|persons?|things?|objects?"
    r"|infinite|finite|non-?empty|inteiros|naturais|reais|racionais|números|pessoas|coisas|objetos"
    r"|infinito|finito|[ℕℤℚℝ]|(?-i:[NZ]))",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\b(?:[lc]?dots|etc)\b", re.IGNORECASE)
# What a remark on facts may say of other things.
_REMARK = re.compile(
    r"\b(?:but|mas|(?:all|every|each|tod[oa]s?|cada)\s(?:of\s)?(?:the\s|[oa]s\s)?"
    r"(?:premis\w+|claims?|formulas?|fórmulas?|conditions?))\b",
    re.IGNORECASE,
)
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
        UnreadableLine: it says two things of one symbol, or what cannot be made out.
        BadStructure: a symbol takes another number of arguments, or what is no element.

    """
    within(len(text), _LONGEST, "characters of a structure")
    reading = _Reading.of(formulas)
    for number, row in enumerate(text.splitlines(), start=1):
        for part in _parts(_INK.sub("", row), reading.names()):
            reading.part(part, number)
    if reading.domain is None:
        raise NoProof("it names no domain")
    domain = tuple(dict.fromkeys(reading.domain))
    reading.hold_denied(domain)
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
        found = _listed(rest)
        if found is None:
            raise UnreadableLine("expected the elements of the domain, one by one", line=line)
        if self.domain is not None and set(found) != set(self.domain):
            raise UnreadableLine("there are two domains", line=line)
        self.domain = found

    def _of_predicate(self, name: str, rest: str, line: int) -> None:
        arity, said = self.predicates[name], rest.strip(" .{}").lower()
        self.facts.setdefault(name, {})
        if arity == 0:
            if said not in _TRUE | _FALSE | _NOTHING | {"not true"}:
                raise UnreadableLine(f"expected whether `{name}` is true", line=line)
            self._fact(name, (), said in _TRUE, line)
            return
        if said in _NOTHING:
            return
        for args, holds in self._tuples(name, arity, rest, line):
            self._fact(name, args, holds, line)

    def _tuples(self, name: str, arity: int, rest: str, line: int) -> Iterator[tuple[_Tuple, bool]]:
        """Yield of what arguments a line says that a predicate holds or does not."""
        shape = next(
            (
                one
                for one in (_TUPLE, *([_MAPPED, _LISTED] if arity == 1 else []))
                if one.search(rest)
            ),
            _TUPLE,
        )
        rest = _AND.sub(", ", _BUT.sub(" ", rest))
        entries = list(shape.finditer(rest))
        self._hold_plain(shape.sub(" ", rest), name, line)
        # `(a, b)` are two things of which a predicate of one place holds.
        apart = arity == 1 and all(one.groupdict().get("to") is None for one in entries)
        denied = [bool(one["no"] and one["no"].strip().isalpha()) for one in entries]
        if denied != sorted(denied):
            raise UnreadableLine(f"what is denied of `{name}` stands last", line=line)
        for one in entries:
            holds = self._holds(name, one.groupdict().get("to"), one["no"], line)
            args = _elements(one["args"])
            yield from ((part, holds) for part in ([(arg,) for arg in args] if apart else [args]))

    def _holds(self, name: str, value: str | None, denied: str | None, line: int) -> bool:
        if value is not None and value.lower() not in _TRUE | _FALSE:
            raise UnreadableLine(f"`{value}` is no value of `{name}`", line=line)
        return (value is None or value.lower() in _TRUE) is (denied is None)

    def _hold_plain(self, left: str, name: str, line: int) -> None:
        """Refuse a line that goes on to deny or to generalise."""
        found = _TURNS.search(left)
        if found is not None:
            raise UnreadableLine(f"what `{found[0]}` says of `{name}` is not read", line=line)

    def _of_function(self, name: str, rest: str, line: int) -> None:
        arity = self.functions[name]
        if arity == 0:
            found = _WORD.search(rest)
            if found:
                self._hold_plain(rest, name, line)
                self._names(name, found[0], line)
            return
        shape = _TUPLE
        if arity == 1 and not any(one["to"] for one in _TUPLE.finditer(rest)):
            shape = _MAPPED if _MAPPED.search(rest) else _TUPLE
        self._hold_plain(shape.sub(_without_denial, rest), name, line)
        for one in shape.finditer(rest):
            whole = (*_elements(one["args"]), *([] if one["to"] is None else [one["to"]]))
            if whole:
                self._maps(name, whole[:-1], whole[-1], line)

    def _of_facts(self, text: str, line: int) -> None:
        told = [one for one in _FACT.finditer(text) if one["name"] in self.names()]
        if told:
            self._hold_plain(_REMARK.sub(" ", _FACT.sub(self._left, text)), told[0]["name"], line)
        for one in told:
            name, args, to = one["name"], _elements(one["args"]), one["to"]
            if name in self.predicates:
                denied = one["no"] is not None
                holds = self._holds(name, to, None, line) and one["denied"] is None
                self._fact(name, args, holds is not denied, line)
            elif to is not None:
                self._maps(name, args, to, line)

    def _left(self, one: re.Match[str]) -> str:
        """Return what of a fact has not been read: of a function's, the denial."""
        if one["name"] in self.predicates:
            return " "
        return one[0] if one["name"] not in self.functions else _without_denial(one)

    def hold_denied(self, domain: _Tuple) -> None:
        """Refuse where something is denied of what is no element: it was no denial of elements."""
        for name, said in self.facts.items():
            for args in said:
                strange = next((one for one in args if one not in domain), None)
                if strange is not None:
                    raise BadStructure(f"predicate `{name}`: `{strange}` is not in the domain")

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


def _without_denial(one: re.Match[str]) -> str:
    return f" {one['no'] or ''} {one.groupdict().get('denied') or ''} "


def _listed(rest: str) -> list[str] | None:
    """Return the elements that a domain lists; `None` where it describes them."""
    held = _SET.match(rest)
    inside = _AND.sub(", ", held["inside"] if held else rest).replace(",,", ",").strip()
    if _SHORT.fullmatch(inside):
        return _WORD.findall(inside)
    given = _GIVEN.fullmatch(inside.removesuffix(","))
    is_described = held is None and _DESCRIBED.fullmatch(inside.rstrip(" ."))
    if given is None or is_described or _GOES_ON.search(inside):
        return None
    return _WORD.findall(given["names"] or "")


def _elements(text: str) -> _Tuple:
    return tuple(_WORD.findall(text))
