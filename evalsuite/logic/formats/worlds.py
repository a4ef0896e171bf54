"""Kripke models as people and models write them.

    worlds: w0, w1              W = {w0, w1}
    relation: w0->w1, w1->w1    R = {(w0, w1), (w1, w1)}
    w0: P, Q                    w0: P=T, Q=F         V(w0) = {P, Q}       V(P) = {w0}
    at: w0                      where the inference fails; it may be left out

A world that has no line of its own has no true atom. Lines that are none of these are passed over;
of two models in a text the last counts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from evalsuite.logic.flaws import NoProof, UnreadableLine
from evalsuite.logic.kripke import WORLDS, Kripke
from evalsuite.logic.limits import DEFAULT, Limits, within

_PAIRS = 10_000  # arrows that are read
_LINE = 20_000  # characters of a line that are read
_INK = re.compile(r"[*`$\u200b]|^[\s>#•-]+(?![\s>-])", re.MULTILINE)
_HEAD = re.compile(
    r"\s*(?P<head>[^\W\d_][\w'.]*(?:\s*\(\s*[\w'.]+\s*\))?(?:\s+[^\W\d_]+){0,2}|\d[\w'.]*)"
    r"\s*(?::=|[:=⊩]|\|=|⊨)\s*(?P<rest>.*)"
)
_WORLDS = frozenset({"worlds", "world set", "set of worlds", "w", "mundos", "conjunto de mundos"})
_RELATION = frozenset(
    {
        *("relation", "r", "arrows", "accessibility", "accessibility relation", "reaches"),
        *("relação", "relacao", "setas", "acessibilidade", "relação de acessibilidade"),
    }
)
_AT = frozenset(
    {"at", "world", "at world", "in", "fails at", "em", "mundo", "no mundo", "falha em"}
)
_NOTHING = frozenset(
    {
        "",
        "-",
        "–",
        "—",
        "∅",
        "none",
        "nothing",
        "empty",
        "nenhum",
        "nenhuma",
        "nada",
        "vazio",
        "vazia",
    }
)
_NAME = re.compile(r"[^\W_][\w'.]*")
_ARROW = re.compile(
    r"(?P<from>[\w'.]+)\s*(?:->|→|↦|⟶|-->|=>|(?<=\s)R(?=\s)|reaches|alcança|vê|sees)\s*"
    r"(?:\{(?P<many>[^{}]*)\}|(?P<to>[\w'.]+))"
)
_TUPLE = re.compile(r"[(<⟨]\s*(?P<from>[\w'.]+)\s*,\s*(?P<to>[\w'.]+)\s*[)>⟩]")
_OF = re.compile(
    r"(?:v|val|valuation|valoração|valoracao)\s*\(\s*(?P<of>[\w'.]+)\s*\)", re.IGNORECASE
)
_CELL = re.compile(
    r"\s*(?P<no>[~¬!]|not\s+|não\s+)?\s*(?P<name>[^\W\d_][\w']*)\s*"
    r"(?:(?::=|=|:)\s*(?P<value>true|false|verdadeir[oa]|fals[oa]|[TFV10])|"
    r"\s(?:is\s+|é\s+)?(?P<said>true|false|verdadeir[oa]|fals[oa]))?\s*$",
    re.IGNORECASE,
)
_FALSE = frozenset({"f", "0", "false", "falso", "falsa"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A Kripke model that was read, and the world that it names; `None` where it names none."""

    model: Kripke
    at: str | None


@dataclass(slots=True, kw_only=True)
class _Model:
    line: int
    worlds: tuple[str, ...]
    relation: set[tuple[str, str]] = field(default_factory=set)
    true: dict[str, set[str]] = field(default_factory=dict)
    has_relation: bool = False
    at: str | None = None


def show(model: Kripke, at: str | None = None) -> str:
    """Write a model so that `read` reads it back."""
    order = {world: place for place, world in enumerate(model.worlds)}
    pairs = sorted(model.relation, key=lambda pair: (order[pair[0]], order[pair[1]]))
    rows = [
        f"worlds: {', '.join(model.worlds)}",
        f"relation: {', '.join(f'{start}->{end}' for start, end in pairs) or 'none'}",
        *(
            f"{world}: {', '.join(sorted(model.valuation.get(world, ()))) or 'none'}"
            for world in model.worlds
        ),
    ]
    return "\n".join((*rows, *(() if at is None else (f"at: {at}",))))


def read(text: str, limits: Limits = DEFAULT) -> Told:
    """Read the last model of a text.

    Raises:
        NoProof: it has none.
        UnreadableLine: a line of the model cannot be read.
        TooLarge: it is beyond the limits.

    """
    within(len(text), limits.characters, "characters")
    found: _Model | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        match = _HEAD.match(_INK.sub("", raw[:_LINE]))
        if match is None:
            continue
        head, rest = " ".join(match["head"].split()), match["rest"].strip().rstrip(".;")
        if head.casefold() in _WORLDS:
            found = _Model(line=number, worlds=_worlds(rest, number))
        elif found is not None:
            _told(found, head, rest, number)
    if found is None:
        raise NoProof("no line of the text lists the worlds")
    if not found.has_relation:
        raise UnreadableLine("no line gives the relation", line=found.line)
    valuation = {world: frozenset(found.true.get(world, ())) for world in found.worlds}
    model = Kripke(worlds=found.worlds, relation=frozenset(found.relation), valuation=valuation)
    return Told(model=model, at=found.at)


def _told(found: _Model, head: str, rest: str, number: int) -> None:
    """Take a line after the one of the worlds into the model; other lines are prose."""
    of = _OF.fullmatch(head)
    name = of["of"] if of else head
    if head.casefold() in _RELATION and head not in found.worlds:
        found.relation |= _pairs(rest, number)
        found.has_relation = True
        within(len(found.relation), _PAIRS, "arrows")
        for end in (end for pair in sorted(found.relation) for end in pair):
            _hold_world(found, end, number)
    elif head.casefold() in _AT and head not in found.worlds:
        names = _NAME.findall(rest)
        if len(names) == 1:
            _hold_world(found, names[0], number)
            found.at = names[0]
    elif name in found.worlds:
        if name in found.true:
            raise UnreadableLine(f"world `{name}` is described twice", line=number)
        found.true[name] = _atoms(rest, number)
    elif of is not None:
        for world in _listed(rest):
            _hold_world(found, world, number)
            found.true.setdefault(world, set()).add(name)


def _hold_world(found: _Model, name: str, number: int) -> None:
    if name not in found.worlds:
        raise UnreadableLine(f"there is no world `{name}`", line=number)


def _worlds(rest: str, number: int) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(_listed(rest)))
    if not names:
        raise UnreadableLine("a model has at least one world", line=number)
    within(len(names), WORLDS, "worlds")
    return names


def _listed(rest: str) -> list[str]:
    """Return the names of a list, in brackets or not."""
    inside = rest.strip().strip("{}[]()").strip()
    return [] if inside.casefold() in _NOTHING else _NAME.findall(inside)


def _pairs(rest: str, number: int) -> set[tuple[str, str]]:
    if rest.strip("{}[]() ").casefold() in _NOTHING:
        return set()
    found = {(one["from"], one["to"]) for one in _TUPLE.finditer(rest)}
    left = _TUPLE.sub(" ", rest)
    for one in _ARROW.finditer(left):
        ends: Iterable[str] = [one["to"]] if one["to"] else _NAME.findall(one["many"])
        found |= {(one["from"], end) for end in ends}
    left = _ARROW.sub(" ", left)
    if not found or _NAME.search(re.sub(r"\b(?:and|e)\b", " ", left)):
        raise UnreadableLine("expected arrows such as `w0->w1, w1->w1`", line=number)
    return found


def _atoms(rest: str, number: int) -> set[str]:
    """Return the atoms that a line has true in its world."""
    inside = rest.strip().strip("{}[]()").strip()
    if inside.casefold() in _NOTHING:
        return set()
    values: dict[str, bool] = {}
    for text in re.split(r"[,;]|(?<=\s)(?:and|e)(?=\s)", inside):
        cell = _CELL.match(text)
        if cell is None:
            raise UnreadableLine("expected the atoms that are true there", line=number)
        value = (cell["no"] is None) != ((cell["value"] or cell["said"] or "").lower() in _FALSE)
        if values.setdefault(cell["name"], value) != value:
            raise UnreadableLine(f"`{cell['name']}` is said to be true and false", line=number)
    return {name for name, value in values.items() if value}
