r"""Judge a list of clauses that is asked for: every resolvent of two of the given ones.

The formal problem has `clauses`, the given ones. An answer is right if its clauses are, as a set,
the resolvents of two of them that are no tautologies: all of these and no other. What is wrong has
a name:

    NotAResolvent    a clause that no two of the given ones resolve to
    Tautology        a resolvent, or another clause, that says nothing
    MissingClause    a resolvent is not there

Clauses stand in lines, with numbers or bullets, or between commas, semicolons, `&` or `and`; each
as `P | ~Q`, `{P, ~Q}` or `[P, ~Q]`, and all of them in brackets, `{{P, ~Q}, {R}}`, or not. A line
that ends or begins with `|` belongs to the next or the last one. `none` is no clause. What two
clauses come from, as in `[1,2]`, `(from 1 and 2)` or `1 and 2: …`, is passed over. A letter's case
is ink where it tells no two atoms apart.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Final

from evalsuite.logic.clauses import (
    Clause,
    complement,
    every_resolvent,
    in_order,
    is_tautology,
    show_clause,
)
from evalsuite.logic.flaws import LogicError, NoProof
from evalsuite.logic.limits import Limits, within
from evalsuite.logic.syntax import Atom
from evalsuite.logic.text import reading
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified
from evalsuite.scorers._certified import Checked, refused

_LIMITS: Final = Limits(characters=20_000, steps=500, depth=60, size=500)
_INK = re.compile(r"\*\*|[`$]|\\[()\[\],;:! ]")
_HEAD = re.compile(
    r"^(?:[-•*]\s{1,3})?(?:"
    r"(?:(?:the|all|os|as)\s)?(?:clauses?|resolvents?|cláusulas?|resolventes?)(?!\w)[^:|~¬∨{}]{0,60}"
    r"|\(?\d{1,3}\s?(?:[,+&e]|and)\s?\d{1,3}\)?)\s?:",
    re.IGNORECASE,
)
# `e` is "and" in Portuguese, and elsewhere a letter.
_LIST = re.compile(r"^(?:(?:and|e)\s+(?![|∨\\]|(?:or|ou|v)\s))?(?:(?:[-•*]|\(?\d{1,3}[.):])\s+)?")
_WHENCE = re.compile(
    r"(?:\[\d[^\[\]]{0,60}\]"
    r"|\((?:\d|(?:from|of|by|resolving|clauses?|cláusulas?|de|das|por)\s)[^()]{0,60}\))$",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"(?:there\s(?:is|are)\s|não\shá\s)?(?:none|no\sresolvents?|nenhuma?|nenhum\sresolvente)",
    re.IGNORECASE,
)
_OR = re.compile(r"[|∨]|\\(?:lor|vee)(?![a-zA-Z])|\s(?:or|ou|v)\s", re.IGNORECASE)
_TOKEN = re.compile(
    r"(?P<open>[({\[])|(?P<close>[)}\]])"
    r"|(?P<between>[,;&∧]|(?<![|∨])\n(?![|∨])|\\(?:land|wedge)(?![a-zA-Z])|(?<=[\w)}\]])\s{1,5}(?:and|e)\s)"
)


def score(question: Question, response: Response) -> Score:
    """Judge the clauses that are the answer."""
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:  # noqa: ARG001
    """Say whether the text lists every resolvent of two of the clauses, and nothing else."""
    given = _given(formal)
    try:
        listed = _spelled_as(given, _listed(text))
    except LogicError as error:
        message = str(error).partition("\n")[0]
        return refused(type(error).__name__, message, readable=False)
    wanted = every_resolvent(given)
    for clause in listed:
        if is_tautology(clause):
            return refused("Tautology", f"`{show_clause(clause)}` is a tautology")
        if clause not in wanted:
            message = f"`{show_clause(clause)}` is no resolvent of two of the clauses"
            return refused("NotAResolvent", message)
    missing = sorted(map(show_clause, wanted.difference(listed)))
    if missing:
        return refused("MissingClause", f"`{missing[0]}` is missing, of {len(wanted)} resolvents")
    return Checked(accepted=True)


def _given(formal: Mapping[str, Json]) -> tuple[Clause, ...]:
    texts = formal["clauses"]
    if not isinstance(texts, list):
        raise TypeError("`clauses` is no list")
    return tuple(reading.clause(str(text)) for text in texts)


# ── the answer ──────────────────────────────────────────────────────────────────────────────────


def _listed(text: str) -> list[Clause]:
    """Read the clauses of a list.

    Raises:
        TooLarge: there is too much of it.
        NoProof: there is nothing in it.
        SyntaxFlaw: something in it is no clause.

    """
    within(len(text), _LIMITS.characters, "characters")
    rows = _INK.sub(" ", text).splitlines()
    whole = "\n".join(_HEAD.sub("", row.strip()) for row in rows).strip(" \t\n.")
    told = [part for part in map(_bare, parted(_opened(whole), _TOKEN)) if part]
    if not told:
        raise NoProof("there is no clause")
    within(len(told), _LIMITS.steps, "clauses")
    return [reading.clause(part, _LIMITS) for part in told if not _NONE.fullmatch(part)]


def _opened(text: str) -> str:
    """Take off the braces of a set of clauses; those of one clause, `{P, ~Q}`, stay."""
    inside = text.removeprefix("\\")[1:-1].removesuffix("\\")
    is_one = text.startswith(("{", "\\{", "[")) and _ends(text) == len(text)
    return inside if is_one and ({"{", "["} & set(inside) or _OR.search(inside)) else text


def _ends(text: str) -> int:
    """Return where what the first bracket opens is closed."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token["open"] is not None) - (token["close"] is not None)
        if depth == 0 and token["close"]:
            return token.end()
    return 0


def parted(text: str, tokens: re.Pattern[str]) -> Iterator[str]:
    """Yield what stands between separators that no bracket holds.

    The pattern's groups are `open` and `close`, which a bracket does, and `between`, a separator.
    """
    depth, start = 0, 0
    for token in tokens.finditer(text):
        depth += (token["open"] is not None) - (token["close"] is not None)
        if depth == 0 and token["between"]:
            yield text[start : token.start()]
            start = token.end()
    yield text[start:]


def _bare(part: str) -> str:
    """Take off a clause's number or bullet, and what it comes from; `[P, ~Q]` is `{P, ~Q}`."""
    bare = _WHENCE.sub("", _LIST.sub("", part.strip()).rstrip(" .")).strip()
    is_square = bare.startswith("[") and bare.endswith("]") and bare[1:-1].strip()
    return f"{{{bare[1:-1]}}}" if is_square else bare


def _spelled_as(given: Iterable[Clause], listed: Sequence[Clause]) -> list[Clause]:
    """Give the atoms of clauses the case that the given ones have, where that tells none apart."""
    spelled = _certified.known_spelling(_names(listed), _names(given))

    def named(atom: Atom) -> Atom:
        return replace(atom, name=spelled.get(atom.name, atom.name))

    return [frozenset(replace(one, atom=named(one.atom)) for one in clause) for clause in listed]


def _names(clauses: Iterable[Clause]) -> set[str]:
    return {one.atom.name for clause in clauses for one in clause}


# ── mutants ─────────────────────────────────────────────────────────────────────────────────────


def spoil(formal: Mapping[str, Json], verdict: int, certificate: str, rng: Random) -> Iterator[str]:  # noqa: ARG001
    """Yield lists that are wrong.

    One with nothing in it; with a clause too few; with a given clause or a tautology too many; with
    one clause of which a literal has the other sign, or is left out.
    """
    given = _given(formal)
    wanted = every_resolvent(given)
    if not wanted:
        return
    yield "none"
    clauses = _listed(certificate)
    place = rng.randrange(len(clauses))
    before, after = clauses[:place], clauses[place + 1 :]
    yield _shown([*before, *after])
    yield from (_shown([*clauses, one]) for one in rng.sample(given, 1) if one not in wanted)
    one = rng.choice(in_order(rng.choice(given)))
    yield _shown([*clauses, frozenset({one, complement(one)})])
    literals = in_order(clauses[place])
    if literals:
        changed = rng.choice(literals)
        rest = clauses[place] - {changed}
        for wrong in (rest, rest | {complement(changed)}):
            if wrong not in wanted:
                yield _shown([*before, wrong, *after])


def _shown(clauses: Sequence[Clause]) -> str:
    return ", ".join(map(show_clause, clauses)) or "none"
