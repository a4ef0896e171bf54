"""Read valuations as people write them: values for atoms, in a list, a table or as literals.

    A=T, B=F        A: true; B: false        A := 1, B := 0        | A | V |        {A, ~B}

A valuation may leave atoms out. Values are looked for by the atoms' names; other words are passed
over, but an atom that has both values has none.
"""

import re
from collections.abc import Iterable, Mapping

from evalsuite.logic.flaws import NoProof, UnreadableLine
from evalsuite.logic.limits import within

_LONGEST = 20_000  # characters
_TRUE = frozenset({"t", "v", "true", "verdadeiro", "verdadeira", "1", "⊤"})
# Runs are bounded, so that the many ways to part them cost no time.
_INK = r"[\s*_`\"'()]{0,20}"
_WORD = r"true|false|verdadeir[oa]|fals[oa]|⊤|⊥"
_VALUE = (
    rf"(?:{_INK}\|?{_INK}(?::=|=|:|↦|->|→|(?:is|é)(?=\s)){_INK}(?P<value>{_WORD}|[TFV10](?![\w']))"
    # In a table nothing stands between; `P v Q` is no value.
    rf"|{_INK}(?:\||\s){_INK}(?P<cell>{_WORD}|(?-i:[TFV])(?![\w'])))"
)
_DENIED = r"(?P<denied>~|¬|!|-|−|(?:not|não)\s+)?\s*"
_ROW = re.compile(r"^v(?=\s)", re.MULTILINE)  # as SAT solvers begin a line of values
_GAPS = re.compile(r"[\s,;&∧{}()\[\].*_`\"]*(?:(?:and|e)(?!\w))?[\s,;&∧{}()\[\].*_`\"]*")


def valuation(text: str, names: Mapping[str, str]) -> dict[str, bool]:
    """Read the values of atoms, given each atom by the ways in which its name may be written.

    Raises:
        TooLarge: the text is too long.
        NoProof: it gives no value.
        UnreadableLine: it gives an atom both values.

    """
    within(len(text), _LONGEST, "characters of a valuation")
    spelled = _spellings(names)
    if not spelled:
        raise NoProof("there is no atom to give a value")
    text = _ROW.sub(" ", text)
    name = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
    found = [
        (
            spelled[one["name"].casefold()],
            (one["value"] or one["cell"]).casefold() in _TRUE,
            one.start(),
        )
        for one in re.finditer(rf"(?<![\w'])(?P<name>{name})(?![\w']){_VALUE}", text, re.IGNORECASE)
    ] or list(_literals(text, name, spelled))
    values: dict[str, bool] = {}
    for atom, value, at in found:
        if values.setdefault(atom, value) != value:
            line = text.count("\n", 0, at) + 1
            raise UnreadableLine(f"`{atom}` is both true and false", line=line)
    if not values:
        raise NoProof("no atom has a value")
    return values


def show(values: Mapping[str, bool]) -> str:
    """Write a valuation as models are asked to: `A=T, B=F`."""
    return ", ".join(f"{name}={'T' if values[name] else 'F'}" for name in sorted(values))


def _is_true(value: str) -> bool:
    return value.casefold() in _TRUE


def _spellings(names: Mapping[str, str]) -> dict[str, str]:
    """Return the atoms by their spellings without case, where case does not tell two apart."""
    folded: dict[str, set[str]] = {}
    for written, atom in names.items():
        folded.setdefault(written.casefold(), set()).add(atom)
    return {written: atoms.pop() for written, atoms in folded.items() if len(atoms) == 1}


def _literals(text: str, name: str, spelled: Mapping[str, str]) -> Iterable[tuple[str, bool, int]]:
    """Yield the values that a list of literals gives; nothing where the text is something else."""
    literal = re.compile(rf"{_DENIED}(?P<name>{name})(?![\w'])", re.IGNORECASE)
    rows: list[tuple[str, bool, int]] = []
    at = _end(text, 0)
    while at < len(text):
        one = literal.match(text, at)
        if one is None:
            break
        rows.append((spelled[one["name"].casefold()], one["denied"] is None, at))
        at = _end(text, one.end())
    is_dimacs_end = text[at:].strip() == "0"
    return rows if at == len(text) or is_dimacs_end else ()


def _end(text: str, at: int) -> int:
    gap = _GAPS.match(text, at)
    return gap.end() if gap else at
