"""Put a Kripke model as people write it into the spelling that `logic.formats.worlds` reads.

A line for each arrow, `World w0: P`, `P: w0, w1`, `w0 and w1: P`, `w0 forces P`: passed over, they
would leave another model than the one that is meant.

After the worlds a sentence is passed over only where it says of no atom whether it is true, and
names no world that has not been described; what it says of the truth of boxes or conditionals may
stand there. `P is false at w1` and `w0 sees w1` must agree with the model; any other sentence about
an atom is unreadable.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from evalsuite.logic.flaws import UnreadableLine
from evalsuite.logic.kripke import Kripke

_WORLDS = 50  # of a model of which a line may speak as of all worlds
_LINE = 20_000  # characters of a line that are looked at
_INK = re.compile(r"[*`$\\\u200b]|^[\s>#•|-]+(?![\s>-])|[\s|]+$")
_LISTED = re.compile(r"[\s.(){}\[\]]*(?:[\w'.]+(?:\s?[,;]\s?[\w'.]+)*)?[\s.;,(){}\[\]]*")
_WORD = re.compile(r"[^\W_][\w'.]*(?<!\.)")
_SET = re.compile(
    r"(?:(?:the\s|o\s)?(?:set\sof\s|conjunto\sde\s)?(?:worlds|mundos)(?:\s?\(?W\)?)?|W)\s?[:=]+"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_RELATION = re.compile(
    r"(?:(?:the\s|a\s)?(?:accessibility\s)?(?:relation|relação)(?:\sde\sacessibilidade)?"
    r"(?:\s?\(?[R≤]\)?)?|arrows|setas|accessibility|acessibilidade|reaches|R|≤)\s?[:=]+(?P<rest>.*)",
    re.IGNORECASE,
)
_VALUATION = re.compile(
    r"(?:the\s|a\s)?(?:valuation|valoração|true\satoms)(?:\s?\(?V\)?)?\s?[:=]+\s?(?P<rest>.*)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?<![\w'.(])(?P<mundo>(?:world|mundo)\s)?(?:v(?:al(?:uation|oração|oracao)?)?\s?\(\s?)?(?P<name>[^\W_][\w'.]*)\s?\)?\s?"
    r"(?:\|=|[:=⊩⊨])(?!>)",
    re.IGNORECASE,
)
_OF = re.compile(
    r"(?:v(?:al(?:uation|oração|oracao)?)?\s?\(\s?)?(?P<name>[^\W_][\w']*)\s?\)?"
    r"(?:\s?[:=]|\s(?:(?:is|é)\s(?:true|verdadeir[ao])|holds|vale)\s(?:only\s|só\s)?(?:in|at|em)\s)"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?P<name>[^\W_][\w'.]*?)(?:\s?[|–—]\s?|\s-\s|\s)"
    r"(?P<rest>[^\W_][\w']*(?:(?:\s?,\s?|\s(?:and|e)\s)[^\W_][\w']*)*)\.?"
)
_VALUE = re.compile(
    r"\bv\s?\(\s?(?P<one>[\w'.]+)\s?,\s?(?P<other>[\w'.]+)\s?\)\s?[:=]\s?"
    r"(?:(?P<true>true|verdadeir[oa]|[TV1])|(?:false|fals[oa]|[F0]))\b",
    re.IGNORECASE,
)
_NEGATION = frozenset("~¬!")
_ARROW = re.compile(
    r"[\w'.]+(?:\s?(?:->|→|↦|⟶|=>)\s?|\s(?:reaches|sees|R|alcança|vê)\s)(?:\{[^{}]*\}|[\w'.]+)"
    r"|[(<⟨]\s?[\w'.]+\s?,\s?[\w'.]+\s?[)>⟩]"
)
_ORDER = re.compile(r"<=|≤|⩽|\bleq?\b")
_INFIX = re.compile(r"(?<![\w'.])(?P<one>[^\W_][\w'.]*?)R(?P<other>[^\W_][\w'.]*)")
_REMARK = re.compile(r"\((?:reflexiv\w+|s[iy]mm?[eé]tri\w+|transitiv\w+|loops?)\)", re.IGNORECASE)
_NO_ATOM = re.compile(r"\(?(?:no atoms?|nothing is true|nenhum átomo)\)?\.?", re.IGNORECASE)
_JOINS = frozenset({"and", "e"})

_SENTENCE = 400  # characters of a clause that is read
_PAIR = re.compile(
    r"(?P<from>[\w'.]+)(?:\s?(?:->|→|↦|⟶|=>)\s?|\s(?:reaches|sees|R|alcança|vê)\s)(?P<to>[\w'.]+)"
    r"|[(<⟨]\s?(?P<one>[\w'.]+)\s?,\s?(?P<other>[\w'.]+)\s?[)>⟩]"
)
_AT = re.compile(
    r"(?:(?:at|in|fails\sat|em|falha\sem)(?:\sworld)?|(?:no\s)?mundo|world)\s?[:=]+\s?\{?[\w'.]+\}?\.?",
    re.IGNORECASE,
)
_EVERYWHERE = re.compile(
    r"\b(?:everywhere|(?:(?:at|in|em|on)\s)?(?:all|every|each|both|todos|cada|ambos)\s(?:of\s)?"
    r"(?:the\s|os\s)?(?:worlds?|mundos?)|(?:both|all)(?=\s?:))(?!\s?[\w(])",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|no|não|nem|never|cannot|except|exceto)\b|n['’]t\b|[~¬!]", re.IGNORECASE
)
_NAMES = (
    r"[^\W_][\w'.]*(?<!\.)(?:(?:\s?,\s?(?:(?:and|e)\s)?|\s(?:and|e)\s)(?:(?:at|in|em)\s)?"
    r"[^\W_][\w'.]*(?<!\.)){0,50}?"
)
_GROUP = re.compile(
    rf"(?:(?:at|in|em)\s)?(?:worlds?\s|mundos?\s)?\{{?\s?(?P<names>{_NAMES})\s?\}}?"
    r"\s?(?:\|=|[:=⊩⊨])(?!>)\s?(?P<rest>.*)",
    re.IGNORECASE,
)
_IS = r"(?:(?:is|are|é)\s)?"
_HOLDING = (
    rf"(?:(?P<true>{_IS}(?:true|forced|verdadeir[oa])|holds?|vale)|(?P<false>{_IS}(?:not\s(?:true|forced)"
    rf"|false|fals[oa])|(?:does|do)(?:\snot|n['’]t)\shold|isn['’]t\s(?:true|forced)|fails?|falha"
    r"|não\s(?:vale|é\sverdadeir[oa])))"
)
_PLACED = rf"(?:at|in|on|em)\s(?:worlds?\s|mundos?\s)?(?P<names>{_NAMES})"
_ATOM = r"(?P<atom>[^\W_][\w']*)"
_FIRST = (
    r"(?:(?:so|thus|hence|therefore|since|because|as|where|while|then|also|and|but|now|here|note|that"
    r"|logo|pois|porque|portanto|onde|mas|e|então)[\s,:]{1,3}){0,4}"
)
_LAST = r"(?:\s(?:too|also|as\swell|itself|também))?(?:,?\s(?:and|e))?[\s.!)]{0,9}"
_SHAPES = tuple(
    re.compile(f"{_FIRST}{inside}{_LAST}", re.IGNORECASE)
    for inside in (
        (
            rf"{_ATOM}\s?\(\s?(?P<names>[\w'.]+)\s?\)\s?(?:[:=]+|is|é)\s?"
            r"(?:(?P<true>true|verdadeir[oa]|[TV1])|(?P<false>false|fals[oa]|[F0]))"
        ),
        (
            rf"(?P<names>{_NAMES})\s(?:(?P<true>forces?|satisf(?:ies|y)|força|satisfaz)"
            r"|(?P<false>(?:does|do)(?:\snot|n['’]t)\s(?:force|satisfy)|não\s(?:força|satisfaz)))"
            rf"\s{_ATOM}"
        ),
        rf"{_ATOM}\s{_HOLDING}\s(?:also\s)?{_PLACED}",
        rf"(?P<true>){_ATOM}\s(?:also\s)?{_PLACED}",
        rf"{_PLACED},?\s{_ATOM}\s{_HOLDING}",
        rf"(?:[\w'.]+\s(?:sees|reaches|vê|alcança)\s)?(?P<names>{_NAMES}),?\s(?:where|onde)\s{_ATOM}\s{_HOLDING}",
    )
)
_CLAUSE = re.compile(
    r"\s?[;:]\s|\.\s|,\s(?=(?:so|since|because|but|hence|thus|therefore|while|logo|pois|mas)\s)"
    r"|\s(?=(?:so|since|because|but|hence|thus|therefore|while|logo|pois|mas)\s)",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"(?P<modal>\[\]|<>|[□◇◻⋄]|\b(?:box|diamond)\b)|(?P<binary><->|->|→|↔|⇒|=>|\||∨)"
    r"|(?P<bracket>[()])|(?P<no>[~¬!])|(?P<word>[^\W_][\w']*)|(?P<other>[^\s])",
    re.IGNORECASE,
)
_LIKE = re.compile(
    r"(?:\W|\b(?:and|but|not|nor|at|in|also|too|as|well|likewise|similarly|same|for|the|is|so|does|do"
    r"|worlds?|e|mas|não|nem|em|no|também|igual|mundos?)\b)*",
    re.IGNORECASE,
)


def spelled(
    lines: Iterable[str], names: set[str], claims: "list[Claim]", *, ordered: bool
) -> Iterator[tuple[int, str]]:
    """Yield the lines as `worlds.read` knows them, each with its number in the text.

    What sentences say of the last model is put in `claims`.

    Raises:
        UnreadableLine: a line says what is true where, but it cannot be made out.

    """
    model: _Spelling | None = None
    for number, raw in enumerate(lines, start=1):
        row = " ".join(_INK.sub("", raw[:_LINE]).split())
        found = _SET.fullmatch(row)
        # An atom `W` may be said to be true somewhere: `W: w0`.
        if found and not (model and "W" in names and row[:1] == "W" and row[1:2] in set(" :=")):
            listed = re.sub(r"\s(?:and|e)\s", ", ", found["rest"]).replace(",,", ",")
            if _LISTED.fullmatch(listed) is None:
                if model is not None:
                    raise UnreadableLine("expected the names of the worlds", line=number)
                continue
            claims.clear()
            model = _Spelling(
                worlds={*_WORD.findall(listed)}, atoms=names, ordered=ordered, claims=claims
            )
            yield number, f"worlds: {listed}"
        elif model is None:
            yield number, raw
        else:
            yield from ((number, part) for part in model.rows(row, number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a sentence says: of an atom in a world, or that one world reaches another."""

    line: int
    world: str
    atom: str | None = None
    end: str = ""
    holds: bool = True

    def agrees(self, model: Kripke) -> bool:
        """Say whether a model is as it says."""
        if self.atom is None:
            return (self.world, self.end) in model.relation
        return (self.atom in model.valuation[self.world]) is self.holds


@dataclass(slots=True, kw_only=True)
class _Spelling:
    """The names in a model, and whether a line has said yet what is true somewhere."""

    worlds: set[str]
    atoms: set[str]
    ordered: bool  # whether `≤` is the relation
    claims: list[Claim]
    described: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)  # worlds that have a line of their own

    def rows(self, row: str, line: int) -> Iterator[str]:
        """Yield what a line says of the model, and a line of prose as it is."""
        words = _WORD.findall(row)
        values = list(_VALUE.finditer(row))
        bare = _BARE.fullmatch(row)
        places = [one for one in _PLACE.finditer(row) if one["name"] in self.worlds]
        of = _OF.match(row)
        found = _RELATION.fullmatch(row)
        if found and ("R" not in self.atoms or self._has_arrow(found["rest"])):
            yield f"relation: {self._arrows(found['rest'])}"
        elif found := _VALUATION.fullmatch(row):
            yield from self._valuation(found["rest"], line)
        elif values and values[0].start() == 0:
            yield from self._values(values, row, line)
        elif places and places[0].start() == 0:
            yield from self._places(row, places, line)
        elif words and words[0] in self.worlds and self._is_arrows(row):
            yield f"relation: {self._arrows(row)}"
        elif of is not None and of["name"] in self.atoms - self.worlds:
            yield from self._of(row, of, line)
        elif bare and bare["name"] in self.worlds and self._lists(words[1:], self.atoms):
            self._close(bare["name"])
            yield f"{bare['name']}: {bare['rest']}"
        elif _AT.fullmatch(row):
            yield row
        else:
            yield from self._sentences(row, line)

    def _sentences(self, row: str, line: int) -> Iterator[str]:
        """Yield what a line in words says of atoms, or the line as it is where that is nothing.

        Raises:
            UnreadableLine: it says something that cannot be made out.

        """
        told = self._spread(row)
        group = _GROUP.fullmatch(told)
        places = self._places_of(group["names"]) if group else []
        if group and places:
            told = group["rest"].strip(" ,;.")
            if not self.closed.issuperset(places):
                yield from self._group(places, told)
                return
        self._claim_arrows(told, line)
        parts = [self._clause(clause, line) for clause in _CLAUSE.split(told)]
        yield from [one for rows in parts for one in rows or ()]
        if not any(parts) and not places:
            yield row

    def _clause(self, clause: str, line: int) -> list[str]:
        """Return what is new in a clause, and note what it says."""
        found = list(self._claimed(clause, line)) if len(clause) < _SENTENCE else []
        if not found and self._is_lost(clause):
            raise UnreadableLine("expected what is true in which worlds", line=line)
        self.claims += found
        self.described |= {one.world for one in found}
        new = [one for one in found if one.holds and one.world not in self.closed]
        return [f"V({one.atom}): {one.world}" for one in new]

    def _claim_arrows(self, row: str, line: int) -> None:
        for one in _PAIR.finditer(self._arrows(row)):
            start, end = one["from"] or one["one"], one["to"] or one["other"]
            end = end.rstrip(".")
            if {start, end} <= self.worlds:
                self.claims.append(Claim(line=line, world=start, end=end))

    def _close(self, world: str) -> None:
        self.described.add(world)
        self.closed.add(world)

    def _spread(self, row: str) -> str:
        """Put the names of all worlds for `everywhere`, where nothing is denied."""
        if len(self.worlds) > _WORLDS or _DENIED.search(row):
            return row
        return _EVERYWHERE.sub(f"in {', '.join(sorted(self.worlds))}", row)

    def _places_of(self, names: str) -> list[str]:
        """Return the worlds that a list names; none where it names anything else."""
        words = [one for one in _WORD.findall(names) if one not in {*_JOINS, "at", "in", "em"}]
        return words if self.worlds.issuperset(words) else []

    def _group(self, places: list[str], rest: str) -> Iterator[str]:
        for world in places:
            self._close(world)
            yield f"{world}: {'none' if _NO_ATOM.fullmatch(rest) else rest}"

    def _claimed(self, clause: str, line: int) -> Iterator[Claim]:
        """Yield what a clause says of one atom in some worlds."""
        for shape in _SHAPES:
            found = shape.fullmatch(clause)
            places = self._places_of(found["names"]) if found else []
            if found and places and found["atom"] in self.atoms - self.worlds:
                holds = found.groupdict().get("false") is None
                for world in places:
                    yield Claim(line=line, atom=found["atom"], world=world, holds=holds)
                return

    def _is_lost(self, clause: str) -> bool:
        """Say whether something would be lost with a clause: of an atom, or of a new world."""
        words = _WORD.findall(clause)
        bare, has_compound = self._bare(clause)
        named = self.worlds.intersection(words)
        starts = re.match(r"(?:world\s|mundo\s)?([\w'.]+)\s?(?:\||:)", clause, re.IGNORECASE)
        if bare or (starts and starts[1] in self.worlds):
            return True
        if not has_compound and not named <= self.described:
            return True
        others = re.sub(
            r"[^\W_][\w'.]*", lambda one: "" if one[0] in self.worlds else one[0], clause
        )
        return bool(named) and _LIKE.fullmatch(others) is not None

    def _is_of_formula(self, tokens: list[tuple[str | None, str]], at: int) -> bool:
        """Say whether a token is no cell of a table, but a part of a formula."""
        kind, text = tokens[at] if 0 <= at < len(tokens) else ("other", "")
        return kind in {"bracket", "modal"} or text in self.atoms

    def _bare(self, clause: str) -> tuple[bool, bool]:
        """Say whether an atom stands in a clause by itself, and whether one stands in a compound.

        Conjunctions say the same as their parts, so they are none; negations are one where they
        look ahead, in intuitionistic logic.
        """
        tokens = [(one.lastgroup, one[0]) for one in _TOKEN.finditer(clause)]
        bound = [False] * len(tokens)
        for order in (range(len(tokens)), range(len(tokens) - 1, -1, -1)):
            is_held = False
            for at in order:
                kind, text = tokens[at]
                bound[at] |= is_held and kind == "word" and text in self.atoms
                forward = order.step > 0
                opens = kind == "modal" or (kind == "no" and self.ordered)
                joins = kind == "binary" and self._is_of_formula(tokens, at - order.step)
                if joins or (opens and forward):
                    is_held = True
                elif kind not in {"bracket", "no"}:
                    is_held = False
        atoms = [
            is_bound
            for (kind, text), is_bound in zip(tokens, bound, strict=True)
            if kind == "word" and text in self.atoms
        ]
        return not all(atoms), any(atoms)

    def _valuation(self, rest: str, line: int) -> Iterator[str]:
        while again := _VALUATION.fullmatch(rest):
            rest = again["rest"]
        rows = list(self.rows(rest, line))
        if rows == [rest] and not (self.worlds | self.atoms).isdisjoint(_WORD.findall(rest)):
            raise UnreadableLine("expected the atoms that are true in each world", line=line)
        yield from rows

    def _values(self, values: list[re.Match[str]], row: str, line: int) -> Iterator[str]:
        """Yield where an atom is true: `V(P, w0) = T, V(P, w1) = F`."""
        for one in values:
            pair = one["one"], one["other"]
            self.described |= {*pair}
            if one["true"]:
                atom, world = pair if pair[1] in self.worlds else pair[::-1]
                yield f"V({atom}): {world}"
        left = _WORD.findall(_VALUE.sub(" ", row))
        if not (self.worlds | self.atoms).isdisjoint(left):
            raise UnreadableLine("expected what is true in which worlds", line=line)

    def _places(self, row: str, places: list[re.Match[str]], line: int) -> Iterator[str]:
        """Yield a line for each world of which a line says what is true in it."""
        if places[0]["mundo"] and places[0]["name"] in self.described:
            # Prose about a world.
            yield from self._sentences(row[places[0].end() :].strip(), line)
            return
        ends = [*(one.start() for one in places[1:]), len(row)]
        for one, end in zip(places, ends, strict=True):
            self._close(one["name"])
            rest = row[one.end() : end].strip(" ,;.")
            yield f"{one['name']}: {'none' if _NO_ATOM.fullmatch(rest) else rest}"

    def _of(self, row: str, of: re.Match[str], line: int) -> Iterator[str]:
        """Yield where an atom is true."""
        for part in re.split(r"(?<=[\w})])\s?[,;]\s?(?=[Vv]\s?\()", row):
            found = _OF.match(part) or of
            places = [] if _NEGATION & {*part} else _WORD.findall(found["rest"])
            if self._lists(places, self.worlds):
                self.described |= {*places}
                listed = ", ".join(word for word in places if word not in _JOINS)
                yield f"V({found['name']}): {listed or 'none'}"
            elif found["rest"].strip(" .{}()").casefold() in {"", "∅", "none", "nenhum"}:
                yield f"V({found['name']}): none"
            else:
                yield from self._sentences(part, line)

    def _lists(self, words: list[str], names: set[str]) -> bool:
        return bool(words) and names.issuperset(
            word for word in words if word not in _JOINS - names
        )

    def _arrows(self, rest: str) -> str:
        """Return arrows as they are read."""
        rest = _REMARK.sub(" ", rest).strip()
        if self.ordered:
            rest = _ORDER.sub("->", rest)
        return _INFIX.sub(self._infix, rest)

    def _has_arrow(self, rest: str) -> bool:
        return _ARROW.search(self._arrows(rest)) is not None and not _NEGATION & {*rest}

    def _is_arrows(self, row: str) -> bool:
        left = _WORD.findall(_ARROW.sub(" ", self._arrows(row)))
        return self._has_arrow(row) and self.worlds.issuperset(left)

    def _infix(self, found: re.Match[str]) -> str:
        both = {found["one"], found["other"]}
        return f"{found['one']}->{found['other']}" if both <= self.worlds else found[0]
