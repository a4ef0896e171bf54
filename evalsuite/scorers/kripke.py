"""Judge a verdict on a modal or intuitionistic inference, with a Kripke countermodel.

    worlds: w0, w1
    relation: w0->w0, w0->w1, w1->w1
    w0: P
    w1: none

That the inference does not hold is shown by such a model: its frame has the logic's property, and
in some world (in the one that a line `at: w0` names, where there is one) the premises are true and
the conclusion is false. That it holds needs no certificate here; the tableau prover decides it.

The problem is `{"premises": […], "conclusion": "…", "logic": "S4"}`.

Other spellings (a line for each arrow, `World w0: P`, `P: w0, w1`) are first put as above: passed
over, they would leave another model than the one that is meant.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from evalsuite.logic import kripke
from evalsuite.logic.flaws import Flaw, LogicError, NoProof, NotACountermodel, UnreadableLine
from evalsuite.logic.formats import worlds
from evalsuite.logic.kripke import Kripke
from evalsuite.logic.limits import Limits, within
from evalsuite.logic.provers import tableau as prover
from evalsuite.logic.syntax import Formula, atoms
from evalsuite.logic.tableau import LOGICS, Logic
from evalsuite.logic.text import reading
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified
from evalsuite.scorers._certified import Checked

_LIMITS = Limits(characters=200_000)
_WORLDS = 50  # of a model that is evaluated
_HOLDS, _FAILS = 0, 1  # verdicts

_LINE = 20_000  # characters of a line that are looked at
_INK = re.compile(r"[*`$\\\u200b]|^[\s>#•|-]+(?![\s>-])|[\s|]+$")
_WORD = re.compile(r"[^\W_][\w'.]*(?<!\.)")
_SET = re.compile(
    r"(?:(?:the\s|o\s)?(?:set\sof\s|conjunto\sde\s)?(?:worlds|mundos)(?:\s?\(?W\)?)?|W)\s?[:=]+"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_RELATION = re.compile(
    r"(?:(?:the\s|a\s)?(?:accessibility\s)?(?:relation|relação)(?:\sde\sacessibilidade)?"
    r"(?:\s?\(?[R≤]\)?)?|R|≤)\s?[:=]+(?P<rest>.*)",
    re.IGNORECASE,
)
_VALUATION = re.compile(
    r"(?:the\s|a\s)?(?:valuation|valoração|true\satoms)(?:\s?\(?V\)?)?\s?[:=]+\s?(?P<rest>.*)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?<![\w'.(])(?P<mundo>(?:world|mundo)\s)?(?:v\s?\(\s?)?(?P<name>[^\W_][\w'.]*)\s?\)?\s?"
    r"(?:\|=|[:=⊩⊨])(?!>)",
    re.IGNORECASE,
)
_OF = re.compile(
    r"(?:v\s?\(\s?)?(?P<name>[^\W_][\w']*)\s?\)?"
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
    r"[\w'.]+\s?(?:->|→|↦|⟶|=>)\s?(?:\{[^{}]*\}|[\w'.]+)"
    r"|[(<⟨]\s?[\w'.]+\s?,\s?[\w'.]+\s?[)>⟩]"
)
_ORDER = re.compile(r"<=|≤|⩽|\bleq?\b")
_INFIX = re.compile(r"(?<![\w'.])(?P<one>[^\W_][\w'.]*?)R(?P<other>[^\W_][\w'.]*)")
_REMARK = re.compile(r"\((?:reflexiv\w+|s[iy]mm?[eé]tri\w+|transitiv\w+|loops?)\)", re.IGNORECASE)
_NO_ATOM = re.compile(r"\(?(?:no atoms?|nothing is true|nenhum átomo)\)?\.?", re.IGNORECASE)
_JOINS = frozenset({"and", "e"})


def score(question: Question, response: Response) -> Score:
    """Judge a verdict with its Kripke model; raises as `Scorer.score` does."""
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Judge a countermodel; that the inference holds is decided without one."""
    if verdict == _HOLDS:
        return _decided(formal)
    premises, conclusion, logic = inference(formal)
    names = {name for one in (*premises, *_given(conclusion)) for name in atoms(one)}
    try:
        told = _read(text, names, ordered=logic == "intuitionistic")
        flaw = countermodel_flaw(told, premises, conclusion, logic)
    except Flaw as caught:
        return _refused(caught, readable=not isinstance(caught, NoProof))
    except LogicError as caught:
        return _refused(caught, readable=True)
    if flaw is not None:
        return Checked(accepted=False, flaw=NotACountermodel.__name__, message=flaw)
    return Checked(accepted=True)


# ── other spellings ─────────────────────────────────────────────────────────────────────────────


def _read(text: str, names: set[str], *, ordered: bool) -> worlds.Told:
    """Read the last model of a text; raises as `worlds.read` does."""
    within(len(text), _LIMITS.characters, "characters")
    rows = list(_spelled(text.splitlines(), names, ordered=ordered))
    try:
        told = worlds.read("\n".join(row for _, row in rows), _LIMITS)
    except Flaw as flaw:
        if flaw.line is not None:
            flaw.line = rows[flaw.line - 1][0]
        raise
    model = told.model
    for true in model.valuation.values():
        if not true.isdisjoint(model.worlds):
            raise UnreadableLine(f"world `{min(true & {*model.worlds})}` is listed as an atom")
    return told


def _spelled(lines: Iterable[str], names: set[str], *, ordered: bool) -> Iterator[tuple[int, str]]:
    """Yield the lines as `worlds.read` knows them, each with its number in the text.

    Raises:
        UnreadableLine: a line says what is true where, but it cannot be made out.

    """
    model: _Spelling | None = None
    for number, raw in enumerate(lines, start=1):
        row = " ".join(_INK.sub("", raw[:_LINE]).split())
        found = _SET.fullmatch(row)
        # An atom `W` may be said to be true somewhere: `W: w0`.
        if found and not (model and "W" in names and row[:1] == "W" and row[1:2] in set(" :=")):
            model = _Spelling(worlds={*_WORD.findall(found["rest"])}, atoms=names, ordered=ordered)
            yield number, f"worlds: {found['rest']}"
        elif model is None:
            yield number, raw
        else:
            yield from ((number, part) for part in model.rows(row, number))


@dataclass(slots=True, kw_only=True)
class _Spelling:
    """The names in a model, and whether a line has said yet what is true somewhere."""

    worlds: set[str]
    atoms: set[str]
    ordered: bool  # whether `≤` is the relation
    described: set[str] = field(default_factory=set)

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
            yield from self._values(values)
        elif places and places[0].start() == 0:
            yield from self._places(row, places)
        elif words and words[0] in self.worlds and self._is_arrows(row):
            yield f"relation: {self._arrows(row)}"
        elif of is not None and of["name"] in self.atoms - self.worlds:
            yield from self._of(row, of, line)
        elif bare and bare["name"] in self.worlds and self._lists(words[1:], self.atoms):
            yield f"{bare['name']}: {bare['rest']}"
        else:
            yield row

    def _valuation(self, rest: str, line: int) -> Iterator[str]:
        rows = list(self.rows(rest, line))
        if rows == [rest] and not (self.worlds | self.atoms).isdisjoint(_WORD.findall(rest)):
            raise UnreadableLine("expected the atoms that are true in each world", line=line)
        yield from rows

    def _values(self, values: list[re.Match[str]]) -> Iterator[str]:
        """Yield where an atom is true: `V(P, w0) = T, V(P, w1) = F`."""
        for one in values:
            pair = one["one"], one["other"]
            self.described |= {*pair}
            if one["true"]:
                atom, world = pair if pair[1] in self.worlds else pair[::-1]
                yield f"V({atom}): {world}"

    def _places(self, row: str, places: list[re.Match[str]]) -> Iterator[str]:
        """Yield a line for each world of which a line says what is true in it."""
        if places[0]["mundo"] and places[0]["name"] in self.described:
            return  # prose about a world
        ends = [*(one.start() for one in places[1:]), len(row)]
        for one, end in zip(places, ends, strict=True):
            self.described.add(one["name"])
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
            elif not self.described:
                raise UnreadableLine(
                    f"expected the worlds where `{found['name']}` is true", line=line
                )

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


# ── mutants ─────────────────────────────────────────────────────────────────────────────────────


def spoil(
    formal: Mapping[str, Json],
    verdict: int,
    certificate: str,
    rng: Random,
) -> Iterator[str]:
    """Yield Kripke models that are close to an accepted one and are no countermodels."""
    if verdict == _HOLDS:
        return
    premises, conclusion, logic = inference(formal)
    model = worlds.read(certificate).model
    # An arrow to a world that the model does not have.
    yield certificate.replace("relation: ", f"relation: {model.worlds[0]}->elsewhere, ")
    # No world at all, no relation, no model.
    yield "worlds:\nrelation: none"
    yield f"worlds: {', '.join(model.worlds)}"
    yield ""
    # A frame that loses its logic's property with one arrow: `frame_flaw` looks at the frame alone.
    for pair in rng.sample(sorted(model.relation), min(4, len(model.relation))):
        changed = replace(model, relation=model.relation - {pair})
        if kripke.frame_flaw(changed, logic) is not None:
            yield worlds.show(changed)
    # Another value of one atom in one world, with which no world has premises and no conclusion.
    names = sorted({name for one in (*premises, *_given(conclusion)) for name in atoms(one)})
    for world in model.worlds:
        for name in names:
            values = {**model.valuation, world: model.valuation[world] ^ {name}}
            changed = replace(model, valuation=values)
            if not any(_refutes(changed, one, premises, conclusion, logic) for one in model.worlds):
                yield worlds.show(changed)


def inference(
    formal: Mapping[str, Json],
) -> tuple[tuple[Formula, ...], Formula | None, Logic]:
    """Return a formal problem's premises, conclusion and logic; classical where it says none."""
    premises, conclusion = formal.get("premises"), formal.get("conclusion")
    told = formal.get("logic") or "classical"
    logic = next((one for one in LOGICS if one == told), None)
    if logic is None:
        raise ValueError(f"no logic `{told}`")
    texts = premises if isinstance(premises, list) else []
    return (
        tuple(reading.formula(str(text)) for text in texts),
        None if conclusion is None else reading.formula(str(conclusion)),
        logic,
    )


def countermodel_flaw(
    told: worlds.Told, premises: tuple[Formula, ...], conclusion: Formula | None, logic: Logic
) -> str | None:
    """Say why a model is no countermodel; `None` where it is one.

    Raises:
        LogicError: it cannot be evaluated.

    """
    model = told.model
    if len(model.worlds) > _WORLDS:
        return f"{len(model.worlds)} worlds, at most {_WORLDS} are evaluated"
    broken = kripke.frame_flaw(model, logic)
    if broken is not None:
        return broken
    places = model.worlds if told.at is None else (told.at,)
    if any(_refutes(model, place, premises, conclusion, logic) for place in places):
        return None
    if told.at is None:
        return "in no world are the premises true and the conclusion false"
    return f"in `{told.at}` a premise is false or the conclusion is true"


def _refutes(
    model: Kripke,
    world: str,
    premises: tuple[Formula, ...],
    conclusion: Formula | None,
    logic: Logic,
) -> bool:
    return kripke.is_countermodel(model, world, premises, conclusion, logic)


def _given(conclusion: Formula | None) -> tuple[Formula, ...]:
    return () if conclusion is None else (conclusion,)


def _decided(formal: Mapping[str, Json]) -> Checked:
    premises, conclusion, logic = inference(formal)
    if isinstance(prover.prove(premises, conclusion, logic), prover.Closed):
        return Checked(accepted=True)
    return Checked(accepted=False, flaw="", message="that it holds cannot be shown")


def _refused(flaw: LogicError, *, readable: bool) -> Checked:
    return Checked(
        accepted=False,
        readable=readable,
        flaw=type(flaw).__name__,
        message=flaw.message if isinstance(flaw, Flaw) else str(flaw),
        line=flaw.line if isinstance(flaw, Flaw) else None,
    )
