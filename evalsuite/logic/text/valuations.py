"""Read valuations as people write them: values for atoms, in a list, a table or as literals.

    A=T, B=F        A: true; B: false        A := 1, B := 0        | A | V |        {A, ~B}
    (A, B) = (T, F)        ~A = F        B is not true        a row of names over one of values

A valuation may leave atoms out. Values are looked for by the atoms' names; other words are passed
over, and so are the values of compounds, but an atom that has both values has none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from evalsuite.logic.flaws import NoProof, UnreadableLine
from evalsuite.logic.limits import within

_LONGEST = 20_000  # characters
_TRUE = frozenset({"t", "v", "true", "verdadeiro", "verdadeira", "1", "⊤"})
# Runs are bounded, so that the many ways to part them cost no time.
_INK = r"[\s*_`\"'()]{0,20}"
_BLANK = r"[ \t*_`\"'()]{0,20}"
_WORD = r"true|false|verdadeir[oa]|fals[oa]|⊤|⊥"
_NOT = r"(?P<not>(?:not|não)\s{1,5})?"
_VALUE = (
    rf"(?:{_INK}\|?{_INK}(?::=|=|:|↦|->|→|(?P<no>não\s{{1,5}})?(?:is|é)(?P<nt>n['’]t)?(?=\s))"
    rf"{_INK}{_NOT}(?P<value>{_WORD}|[TFV10](?![\w'])(?!\s{{0,9}}:?=))"
    # In a table nothing stands between; `P v Q` is no value.
    rf"|{_BLANK}(?:\||[ \t]){_BLANK}(?P<cell>{_WORD}|(?-i:[TFV])(?![\w'])))"
)
_NEGATIONS = re.compile(
    r"(?:(?:~|¬|!|−|\\neg|\\lnot|(?<=[^\s])\s?-(?!\s)|\b(?:not|não)(?=[\s(]))[\s(*_`\"]{0,20}){1,20}$",
    re.IGNORECASE,
)
_BEFORE = 200  # characters before a name that are looked at
_CONNECTIVE = (
    r"(?:<->|->|=>|→|⇒|↔|⇔|≡|⊃|⊕|&{1,2}|∧|\|{1,2}|∨|\^|\+|=|/\\|\\/"
    r"|\\(?:land|lor|wedge|vee|to|rightarrow|leftrightarrow|oplus)"
    r")"
)
_JOINS = r"\b(?:and|or|xor|iff|implies|v|e|ou|implica)"
_HYPOTHETICAL = re.compile(
    r"\b(?:if|unless|when(?:ever)?|suppose|no|never|se|quando|suponha|nunca)\s{1,5}$", re.IGNORECASE
)
_LIST = re.compile(  # more values follow one
    rf"[\s)]{{0,9}}(?:,|/|\b(?:or|ou)\s)[\s(]{{0,9}}(?:{_WORD}|[TFV10](?![\w']))(?!\s{{0,9}}[:=])",
    re.IGNORECASE,
)
_DENIED = r"(?P<denied>~|¬|!|-|−|(?:not|não)\s+)?\s*"
_ROW = re.compile(r"^v(?=\s)", re.MULTILINE)  # as SAT solvers begin a line of values
_RULE = re.compile(r"[\s|:+-]*-[\s|:+-]*")  # between the head of a table and its rows
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
    name = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
    text = _tuples(_tables(_ROW.sub(" ", text), spelled), name)
    found = list(_assigned(text, name, spelled)) or list(_literals(text, name, spelled))
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


def _assigned(text: str, name: str, spelled: Mapping[str, str]) -> Iterator[tuple[str, bool, int]]:
    """Yield the values that names have; a name that is part of a compound has none of its own."""
    # An atom of no formula may stand in a compound, too.
    compound = re.compile(
        rf"(?<![\w'])(?:(?:{name}|[^\W_]{{1,2}})[\s*_`)]{{0,20}}{_CONNECTIVE}"
        rf"|(?:{name})[\s*_`)]{{0,20}}{_JOINS})[\s(*_`]{{0,20}}$",
        re.IGNORECASE,
    )
    beside = re.compile(rf"(?<![\w'])(?:{name})[\s,|]{{1,20}}$", re.IGNORECASE)
    end = 0
    for one in re.finditer(rf"(?<![\w'])(?P<name>{name})(?![\w']){_VALUE}", text, re.IGNORECASE):
        before = text[max(end, one.start() - _BEFORE) : one.start()].rpartition("\n")[2]
        end = one.end()
        turns, before = _negations(before)
        is_beside = one["cell"] is not None and beside.search(before) is not None
        is_beside |= compound.search(before) is not None
        if is_beside or before == "-" or _HYPOTHETICAL.search(before) or _LIST.match(text, end):
            continue
        turns += sum(one[group] is not None for group in ("not", "no", "nt"))
        holds = _is_true(one["value"] or one["cell"])
        yield spelled[one["name"].casefold()], holds is (turns % 2 == 0), one.start()


def _negations(before: str) -> tuple[int, str]:
    """Return how many negations end a text, and what stands before them."""
    found = _NEGATIONS.search(before)
    if found is None:
        return 0, before
    return len(re.findall(r"[~¬!−-]|neg|lnot|not|não", found[0], re.IGNORECASE)), before[
        : found.start()
    ]


def _tables(text: str, spelled: Mapping[str, str]) -> str:
    """Put a row of names over one row of values as `A = T, B = F`; line numbers stay."""
    lines = text.split("\n")
    rows = [
        (at, cells)
        for at, line in enumerate(lines)
        if not _RULE.fullmatch(line) and (cells := re.findall(r"[^\s|,]+", line))
    ]
    for (at, head), (below, row), (_, after) in zip(
        rows, rows[1:], [*rows[2:], (0, [])], strict=False
    ):
        is_head = len(head) > 1 and all(cell.casefold() in spelled for cell in head)
        if is_head and len(row) == len(head) and _are_values(row) and not _are_values(after):
            lines[at] = ", ".join(
                f"{cell} = {value}" for cell, value in zip(head, row, strict=True)
            )
            lines[below] = ""
    return "\n".join(lines)


def _are_values(cells: list[str]) -> bool:
    return bool(cells) and all(
        re.fullmatch(rf"{_WORD}|[TFV10]", one, re.IGNORECASE) for one in cells
    )


def _tuples(text: str, name: str) -> str:
    """Put `(A, B) = (T, F)` as `A = T, B = F`.

    Raises:
        UnreadableLine: there are more or fewer values than names.

    """
    comma, value = r"[ \t]{0,9},[ \t]{0,9}", rf"(?:{_WORD}|[TFV10](?![\w']))"
    pattern = (
        rf"(?<![\w'])(?P<names>(?:{name})(?:{comma}(?:{name})){{1,60}})[ \t)}}⟩>]{{0,9}}"
        rf"(?::=|=|:|↦|->|→)[ \t({{⟨<]{{0,9}}(?P<values>{value}(?:{comma}{value}){{1,60}})"
        r"(?![ \t]{0,9}[:=])"
    )

    def apart(found: re.Match[str]) -> str:
        names, values = found["names"].split(","), found["values"].split(",")
        if len(names) != len(values):
            line = text.count("\n", 0, found.start()) + 1
            raise UnreadableLine(f"{len(values)} values for {len(names)} atoms", line=line)
        pairs = zip(names, values, strict=True)
        return ", ".join(f"{one.strip()} = {value.strip()}" for one, value in pairs)

    return re.sub(pattern, apart, text, flags=re.IGNORECASE)


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
