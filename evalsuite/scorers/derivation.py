"""Judge a derivation from facts and rules, or a set of facts that is closed under the rules.

    1. P(a) [fact 3]              each line is a given fact, or the head of a rule's instance
    2. Q(a) [rule 1: 1]           whose body stands in the lines that it names

The verdict 0 (derivable) needs a derivation that has the goal. The verdict 1 needs a list of facts
that has all the given ones and all that the rules make of its members, without the goal: what can
be derived is in every such list.

Liberties of logic, counted apart: a rule that is not named, a fact by a wrong number, a fact that
is used without a line of its own, lines named that are not needed, given facts that the list leaves
out.

Prose is passed over, so that nothing rests on it: in a numbered derivation the lines without a
number that name no rule and no fact, or say again what a line has said; in a list the sentences
that deny or only name the goal, and what stands in brackets among words. A line of a derivation
that denies its atom is refused.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TypeAlias

from evalsuite.logic import datalog
from evalsuite.logic.clauses import Literal, show_literal
from evalsuite.logic.datalog import Rule, Theory
from evalsuite.logic.flaws import LogicError
from evalsuite.logic.syntax import Atom, Function
from evalsuite.logic.text import reading
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified
from evalsuite.scorers._certified import Checked

_LONGEST = 100_000  # characters of a certificate
_MOST_LINES = 2_000
_MOST_ATOMS = 20_000

_ATOM = re.compile(
    r"(?P<sign>(?:[~¬]|\bnot\s{1,4}|\bnão\s{1,4})\s{0,4})?"
    r"\b(?P<name>[A-Za-z]\w{0,60})\s{0,4}\(\s{0,4}"
    r"(?P<args>\w{1,60}(?:\s{0,4},\s{0,4}\w{1,60}){0,5})\s{0,4}\)",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"^[\s>#*`_(\[-]{0,12}(?:line|linha|step|passo)?\s{0,4}(?P<number>\d{1,6})\s{0,4}[.):\]]?(?=\D|$)",
    re.IGNORECASE,
)
_FACT = re.compile(
    r"\b(?:(?:facts?|fatos?|given|premise|dad[oa]|premissa)\b|f(?=\d))[\s#]{0,4}(\d{1,6})?"
)
_RULE = re.compile(r"\b(?:rule|regra|r)[\s#.]{0,4}(\d{1,6})")
_COLON = re.compile(r"^\D{0,4}(\d{1,6})\s{0,4}:")
_FROM = re.compile(r"\b(?:from|since|because|as|de|como|dado|dados)\W{1,3}$", re.IGNORECASE)
_DIGITS = re.compile(r"\d{1,6}")
_CONDITIONAL = re.compile(r"^[^\[]{0,200}?(?:->|→|⇒|=>|⊃|\\to\b|\\rightarrow\b)")
_MARK = "\0"  # stands for an atom where a line is looked at without its atoms
_PASSED = "\1"  # and for one that is passed over
_ASIDE = re.compile(r"[(\[](?=[^()\[\]]*\b(?!(?:and|e)\b)\w)[^()\[\]]*[)\]]")
_DENIAL = re.compile(
    r"\b(?:not|no|cannot|never|nor|neither|without|false|fails?|missing|lacks?|would"
    r"|não|nem|nunca|sem|falsos?|falsas?|falta|falha|nenhuma?)\b|n['’]t\b",
    re.IGNORECASE,
)
_FALSE = re.compile(r"[:=]\s{0,4}(?:[F0⊥](?!\w)|fals)|≠|!=|[~¬]", re.IGNORECASE)
_IN_THE = re.compile(r"\bno(?=\s(?:passo|fato|item)\b)", re.IGNORECASE)  # it denies in English only
_REASON = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")
_NAMES_REASON = re.compile(r"\d|\b(?:rules?|regras?|facts?|fatos?|given|dad[oa])\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.;](?=\s|$)")
_REACHES_ON = re.compile(r"\b(?:likewise|similarly|also|same|too|também|idem)\b", re.IGNORECASE)
_ONLY_GOAL = re.compile(
    r"\W*(?:(?:the|o)\s)?(?:goal|objetivo|meta)\b[^\0\w]*\0[^\0\w]*", re.IGNORECASE
)


def score(question: Question, response: Response) -> Score:
    """Judge a verdict with its derivation, or with its closed set of facts.

    Raises:
        SoundnessAlarm: a wrong verdict has a certificate that is accepted.

    """
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Check a certificate: of verdict 0 a derivation of the goal, of verdict 1 a closed set."""
    if len(text) > _LONGEST or len(text.splitlines()) > _MOST_LINES:
        return _refused("TooLarge", f"more than {_LONGEST} characters or {_MOST_LINES} lines")
    problem = _problem(formal)
    try:
        return _derivation(problem, text) if verdict == 0 else _closed(problem, text)
    except _Wrong as wrong:
        return wrong.checked
    except LogicError as error:
        return _refused(type(error).__name__, str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a line of a derivation says, and by which lines it says so."""

    line: int  # of the text, from 1
    number: int  # what it is called
    fact: str
    reason: str
    cited: tuple[int, ...]  # the numbers of lines


def told(formal: Mapping[str, Json], text: str) -> tuple[Told, ...]:
    """Return the lines of a derivation, up to the first that cannot be read."""
    found = []
    if len(text) > _LONGEST or len(text.splitlines()) > _MOST_LINES:
        return ()
    try:
        for line in _lines(_problem(formal), text):
            bare = _RULE.sub(" ", _FACT.sub(" ", line.reason))
            found.append(
                Told(
                    line=line.place,
                    number=line.number,
                    fact=show_literal(line.literal),
                    reason=line.reason.strip(" []()"),
                    cited=tuple(map(int, _DIGITS.findall(bare))),
                )
            )
    except _Wrong:
        pass
    return tuple(found)


# ── the problem ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    theory: Theory
    goal: Literal
    instances: tuple[tuple[Rule, ...], ...]  # of each rule
    predicates: Mapping[str, str]  # by the name in small letters, where that tells them apart
    things: Mapping[str, str]


def _problem(formal: Mapping[str, Json]) -> _Problem:
    facts, rules, goal = formal["facts"], formal["rules"], formal["goal"]
    if not (isinstance(facts, list) and isinstance(rules, list) and isinstance(goal, str)):
        raise TypeError("`facts` and `rules` are lists, `goal` is a text")
    return _read(tuple(map(str, facts)), tuple(map(str, rules)), goal)


@lru_cache(maxsize=256)
def _read(facts: tuple[str, ...], rules: tuple[str, ...], goal: str) -> _Problem:
    theory = Theory(
        facts=tuple(map(reading.literal, facts)),
        rules=tuple(datalog.rule_of(reading.formula(one)) for one in rules),
    )
    wanted = reading.literal(goal)
    named = [*theory.facts, wanted, *(o for rule in theory.rules for o in (*rule.body, rule.head))]
    things = sorted({*datalog.things(theory), *_things(wanted)})
    return _Problem(
        theory=theory,
        goal=wanted,
        instances=tuple(tuple(datalog.instances(rule, things)) for rule in theory.rules),
        predicates=_folded({one.atom.name for one in named}),
        things=_folded(set(things)),
    )


def _things(literal: Literal) -> list[str]:
    return [arg.name for arg in literal.atom.args if isinstance(arg, Function)]


def _folded(names: set[str]) -> dict[str, str]:
    """Return each name by itself and, where no other looks the same, in small letters."""
    small = [name.casefold() for name in names]
    loose = {name.casefold(): name for name in names if small.count(name.casefold()) == 1}
    return loose | {name: name for name in names}


# ── what is written ─────────────────────────────────────────────────────────────────────────────


class _Wrong(Exception):
    """A certificate is refused."""

    def __init__(self, checked: Checked) -> None:
        super().__init__(checked.message)
        self.checked = checked


def _refused(flaw: str, message: str, line: int | None = None, *, readable: bool = True) -> Checked:
    return Checked(accepted=False, readable=readable, flaw=flaw, message=message, line=line)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line of a derivation.

    Attributes:
        place: where it stands in the text, from 1.
        number: what it is called.
        literal: what it says.
        reason: the rest, in small letters, without atoms.
        named: literals that stand in the rest.

    """

    place: int
    number: int
    literal: Literal
    reason: str
    named: tuple[Literal, ...]


def _lines(problem: _Problem, text: str) -> Iterator[_Line]:
    """Yield the lines that speak of a thing; others are prose."""
    rows = [(place, line) for place, line in enumerate(text.splitlines(), 1) if _ATOM.search(line)]
    numbered = any(_NUMBER.match(line) for _, line in rows)
    count = 0
    said: set[Literal] = set()
    for place, line in rows:
        atoms = list(_ATOM.finditer(line))
        # "From P(a), by rule 1, Q(a)" says its last atom, any other line its first.
        at = -1 if _FROM.search(line[: atoms[0].start()]) else 0
        found = atoms.pop(at)
        start = 0 if at else found.end()
        literal, number, rest = _literal(problem, found), _NUMBER.match(line), line[start:]
        if numbered and number is None and (literal in said or not _is_reasoned(rest)):
            continue
        count += 1
        if literal is None:
            raise _Wrong(_refused("UnreadableLine", f"`{found[0]}` is of another problem", place))
        if _CONDITIONAL.match(rest):
            raise _Wrong(_refused("UnreadableLine", "a line says one fact, and no rule", place))
        if _denies(line):
            raise _Wrong(_refused("UnreadableLine", f"it denies `{found[0]}`", place))
        said.add(literal)
        named = (_literal(problem, other) for other in atoms)
        yield _Line(
            place=place,
            number=int(number["number"]) if number else count,
            literal=literal,
            reason=_ATOM.sub(" ", rest[number.end() :] if at and number else rest).casefold(),
            named=tuple(one for one in named if one is not None),
        )


def _denies(line: str) -> bool:
    """Say whether a line of a derivation denies, outside of its atoms and its bracketed reason."""
    told = _REASON.sub(
        lambda found: " " if _NAMES_REASON.search(found[0]) else found[0], _ATOM.sub(_PASSED, line)
    )
    told = _IN_THE.sub(" ", told)
    return _DENIAL.search(told) is not None or _FALSE.search(told) is not None


def _is_reasoned(rest: str) -> bool:
    """Say whether what stands behind an atom names a rule or a fact."""
    small = rest.casefold()
    return _RULE.search(small) is not None or _FACT.search(small) is not None or "[" in rest


def _literal(problem: _Problem, found: re.Match[str]) -> Literal | None:
    """Return what an atom with its sign says; `None` where a name is not the problem's."""
    name = _known(problem.predicates, found["name"])
    args = [_known(problem.things, arg.strip()) for arg in found["args"].split(",")]
    if name is None or None in args:
        return None
    atom = Atom(name, tuple(Function(arg) for arg in args if arg is not None))
    return Literal(atom=atom, positive=found["sign"] is None)


def _known(names: Mapping[str, str], name: str) -> str | None:
    return names.get(name) or names.get(name.casefold())


# ── derivations ─────────────────────────────────────────────────────────────────────────────────

_Lines: TypeAlias = Mapping[int, Literal]  # what the lines so far say, by number


def _derivation(problem: _Problem, text: str) -> Checked:
    lines = list(_lines(problem, text))
    if not lines:
        raise _Wrong(_refused("NoProof", "no line says a fact", readable=False))
    numbers = {line.number for line in lines}
    said: dict[int, Literal] = {}
    strict = True
    for line in lines:
        if line.number in said:
            raise _Wrong(_refused("DuplicateNumber", f"two lines {line.number}", line.place))
        strict &= _step(problem, line, said, numbers)
        said[line.number] = line.literal
    if problem.goal not in said.values():
        goal = show_literal(problem.goal)
        raise _Wrong(_refused("NoGoal", f"no line says `{goal}`", lines[-1].place))
    return Checked(accepted=True, strict=strict)


def _step(problem: _Problem, line: _Line, said: _Lines, numbers: set[int]) -> bool:
    """Check a line, and say whether it is strict.

    Raises:
        _Wrong: it does not follow as it says.

    """
    fact = _FACT.search(line.reason)
    rule = _RULE.search(line.reason)
    if rule is None:
        rule = _COLON.search(line.reason)
    if fact is not None and rule is None:
        return _is_fact(problem, line, fact[1])
    numbered = (
        line.reason if rule is None else line.reason[: rule.start()] + line.reason[rule.end() :]
    )
    facts = [int(found[1]) for found in _FACT.finditer(numbered) if found[1]]
    given = {one for number in facts for one in problem.theory.facts[max(number - 1, 0) : number]}
    cited = [int(number) for number in _DIGITS.findall(_FACT.sub(" ", numbered))]
    if rule is None and not cited and not line.named:
        raise _Wrong(_refused("NoJustification", "no rule and no line is named", line.place))
    for number in cited:
        _check_reference(line, number, said, numbers)
    known = {*said.values(), *problem.theory.facts} if line.named else set()
    used = {said[number] for number in cited} | given | (set(line.named) & known)
    strict = _follows(problem, line, None if rule is None else int(rule[1]), used)
    return strict and not given and not line.named


def _is_fact(problem: _Problem, line: _Line, number: str | None) -> bool:
    facts = problem.theory.facts
    if line.literal not in facts:
        message = f"`{show_literal(line.literal)}` is no given fact"
        raise _Wrong(_refused("NotGiven", message, line.place))
    return number is None or facts[int(number) - 1 : int(number)] == (line.literal,)


def _check_reference(line: _Line, number: int, said: _Lines, numbers: set[int]) -> None:
    if number in said:
        return
    flaw = "UnknownReference"
    if number == line.number:
        flaw = "SelfReference"
    elif number in numbers:
        flaw = "ForwardReference"
    raise _Wrong(_refused(flaw, f"no line {number} before this one", line.place))


def _follows(problem: _Problem, line: _Line, number: int | None, used: set[Literal]) -> bool:
    """Check that the rule of that number, or some rule, gives the line from these literals."""
    rules = problem.instances
    if number is not None:
        if not 1 <= number <= len(rules):
            raise _Wrong(_refused("UnknownRule", f"there is no rule {number}", line.place))
        rules = rules[number - 1 : number]
    heads = [one for rule in rules for one in rule if one.head == line.literal]
    if not heads:
        message = f"rule {number or '?'} does not give `{show_literal(line.literal)}`"
        raise _Wrong(_refused("NotByRule", message, line.place))
    fitting = [one for one in heads if used.issuperset(one.body)]
    if not fitting:
        missing = next(one for one in heads[0].body if one not in used)
        message = f"the lines named do not say `{show_literal(missing)}`"
        raise _Wrong(_refused("WrongPremises", message, line.place))
    return number is not None and any(used == set(one.body) for one in fitting)


# ── closed sets ─────────────────────────────────────────────────────────────────────────────────


def _closed(problem: _Problem, text: str) -> Checked:
    found = list(_listed(problem, text))
    if not found:
        raise _Wrong(_refused("NoProof", "no fact is listed", readable=False))
    places = dict(reversed(found))
    if problem.goal in places:
        message = f"`{show_literal(problem.goal)}` is in the list"
        raise _Wrong(_refused("GoalListed", message, places[problem.goal]))
    everything = frozenset(places) | frozenset(problem.theory.facts)
    for number, rule in enumerate(problem.instances, 1):
        for one in rule:
            if everything.issuperset(one.body) and one.head not in everything:
                message = (
                    f"rule {number} gives `{show_literal(one.head)}`, which is not in the list"
                )
                raise _Wrong(_refused("NotClosed", message))
    return Checked(accepted=True, strict=places.keys() >= set(problem.theory.facts))


def _listed(problem: _Problem, text: str) -> Iterator[tuple[Literal, int]]:
    """Yield each literal that is listed, with its line."""
    count = 0
    for place, line in enumerate(text.splitlines(), 1):
        for found in _stated(line):
            literal = _literal(problem, found)
            count += 1
            if literal is None or count > _MOST_ATOMS:
                message = f"`{found[0]}` is of another problem"
                raise _Wrong(_refused("UnreadableLine", message, place))
            yield literal, place


def _stated(line: str) -> Iterator[re.Match[str]]:
    """Yield the atoms that a line lists: none that an aside names, or that a sentence denies."""
    line = line.replace(_MARK, " ").replace(_PASSED, " ")
    atoms = list(_ATOM.finditer(line))
    told = _ASIDE.sub(_emptied, _ATOM.sub(_MARK, line))
    kept = [sign == _MARK for sign in _affirmed(told) if sign in {_MARK, _PASSED}]
    yield from (one for one, is_told in zip(atoms, kept, strict=True) if is_told)


def _affirmed(told: str) -> str:
    """Empty the sentences of a line that deny, or only name the goal.

    All of the line falls where a denial introduces what follows: `Not derivable: …`.
    """
    parts: list[str] = []
    after_denial = False
    for part in _SENTENCE.split(told):
        denies = _DENIAL.search(part) is not None
        if denies and (_MARK not in part or ":" in part):
            return _PASSED * (told.count(_MARK) + told.count(_PASSED))
        denies |= after_denial and _REACHES_ON.search(part) is not None
        after_denial |= denies
        falls = denies or _ONLY_GOAL.fullmatch(part) is not None
        parts.append(part.replace(_MARK, _PASSED) if falls else part)
    return "".join(parts)


def _emptied(aside: re.Match[str]) -> str:
    return _PASSED * aside[0].count(_MARK)


# ── what is wrong by construction ───────────────────────────────────────────────────────────────


def spoil(formal: Mapping[str, Json], verdict: int, certificate: str, rng: Random) -> Iterator[str]:
    """Yield changes of an accepted certificate, as the family writes it, that make it wrong."""
    problem = _problem(formal)
    lines = certificate.splitlines()
    if verdict == 0:
        yield from _spoilt_derivations(problem, lines, rng)
    else:
        yield from _spoilt_sets(problem, lines, rng)


def _spoilt_derivations(problem: _Problem, lines: Sequence[str], rng: Random) -> Iterator[str]:
    *before, last = lines
    head, reason = last.split(" [", 1)
    # Only the last line says the goal.
    yield "\n".join(before)
    # Each line but the last is named by a later one, and the numbers stay as they are.
    gone = rng.randrange(len(before))
    yield "\n".join([*before[:gone], *lines[gone + 1 :]])
    # What takes steps is no given fact; and a line cannot give itself.
    yield "\n".join([*before, f"{head} [fact 1]"])
    yield "\n".join([*before, f"{head} [{reason.partition(':')[0]}: {len(lines)}]"])
    # No rule has another head than its own.
    goal = problem.goal.atom.name
    others = [n for n, rule in enumerate(problem.theory.rules, 1) if rule.head.atom.name != goal]
    if others:
        rest = reason.partition(":")[2]
        yield "\n".join([*before, f"{head} [rule {rng.choice(others)}:{rest}"])


def _spoilt_sets(problem: _Problem, lines: Sequence[str], rng: Random) -> Iterator[str]:
    # The goal must not be there.
    place = rng.randrange(len(lines) + 1)
    yield "\n".join([*lines[:place], show_literal(problem.goal), *lines[place:]])
    # The family lists the least closed set: without one that is not given, it is not closed.
    given = {show_literal(fact) for fact in problem.theory.facts}
    made = [number for number, line in enumerate(lines) if line not in given]
    if made:
        gone = rng.choice(made)
        yield "\n".join([*lines[:gone], *lines[gone + 1 :]])
        yield "\n".join(line for line in lines if line in given)
    # What is left is prose.
    yield "nothing else can be derived"
