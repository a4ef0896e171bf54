"""Judge a verdict: the choice that is most likely, or the answer that a text names.

A text is read down a ladder; the first rung that holds decides, and the note says which it was:

    strict                    the last answer line is `Answer: <answer>` (`Resposta:`) and no more
    lenient: answer line      the last answer line names one answer, among other words
    lenient: first line       the first line is an answer by itself
    lenient: only one named   the text names one of the answers, and none of the others

An answer line that names two answers decides too: nothing can be read. A name counts only where
it stands for itself: `valid` is not named in `invalid`, `not valid`, `far from valid` or `whether
it is valid`, nor `P | Q` in `~P | Q | R`. Case, punctuation, emphasis, LaTeX's boxes and the
spelling of a connective are ink; so is the hyphen of `in-valid`. What a model asks itself when it
has answered (`_continued`) is not read.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalsuite.records import Completion, LogLikelihoods, Outcome, Question, Response, Score
from evalsuite.scorers import _continued, _parts

# What is looked at of a text, in characters. The answer stands at its end or at its start.
HEAD = 4 * 1024
TAIL = 64 * 1024

# Unicode's normal form takes time quadratic in a run of combining marks; no honest word is longer.
_LONGEST_WORD = 256

_CONNECTIVES = str.maketrans(
    {"¬": "~", "∧": "&", "∨": "|", "→": "->", "⇒": "->", "↔": "<->", "⇔": "<->"}
) | str.maketrans("’‐−", "'--")
_PREFIX = re.compile(r"(?<!\w)(un|in)-(?=[^\W\d_])", re.IGNORECASE)  # `un-satisfiable`
_BRACKETS = frozenset("()[]{}")
_NEGATION = frozenset("~!-")  # `!P` and `-P` are spellings of `~P`
_TOKEN = re.compile(
    r"""
      <->|->
    | (?<!\w)[!-](?=[^\W_])                # a negation, not an exclamation mark, hyphen or bullet
    | [^\W_]++(?:'[^\W_]++)*+              # a word: `isn't` is one, `does-not-follow` is three
    | [^\w\s.,;:!?*_`'"“”‘«»\#>/\\$–—\u200b-\u200d\u2060\ufe0f\ufeff-]  # a symbol; the rest is ink
    """,
    re.VERBOSE,
)
_ANSWER_LINE = re.compile(
    r"""
    [\s\#>*_`-]*+ (?P<before>final\s++)? (?:answer|resposta) (?P<after>\s++final)? [\s*_`]*+ :
    (?P<content>.*+)
    """,
    re.VERBOSE | re.IGNORECASE,
)

_OPTION = re.compile(
    r"""
    [\s*_`]*+ (?:(?:the\s++|a\s++)? (?:option|letter|choice|opção|letra|alternativa)\s++)?+
    [\s*_`(\[]*+ (?P<letter>[^\W\d_]) (?: [*_`]*+ [.:)\]] | [\s*_`]*+ $ )
    """,
    re.VERBOSE | re.IGNORECASE,
)

# A name shortly after one of these is not a verdict: `is not really valid`, `whether it is valid`.
_DENIALS = frozenset(
    {
        *("not", "no", "never", "neither", "nor", "cannot", "without", "whether", "if"),
        *("hardly", "barely", "scarcely", "un", "non"),
        *("não", "nem", "nunca", "jamais", "sem", "nenhum", "nenhuma", "tampouco", "dificilmente"),
    }
)
_REACH = 3  # words
# Nor is one behind these: `far from being valid`, `it is not the case that the set is valid`.
_FAR_DENIAL = re.compile(
    r"""
    (?<!\S) (?:
        (?: far\sfrom | short\sof | anything\sbut | rather\sthan | instead\sof | unlikely\sto
          | fail(?:s|ed|ing)?\sto\sbe
          | longe\sde | tud[oa]\smenos | em\svez\sde | (?:deix|falh)(?:a|ou)\s(?:de|em)\sser
        ) (?:\s\S++){0,3}
      | (?: (?:not|isn't|never|hardly|cannot\sbe)\s(?:the\scase|true|so|correct) | false | untrue
          | não\s(?:é|seja)\s(?:o\scaso|verdade|certo) | falso
        ) (?:\sde)? \s (?:that|que)
        (?: (?:\s(?!(?:so|hence|thus|therefore|logo|portanto)\s)\S++){0,8}
            \s(?:is|are|be|it|conclusion|é|são|seja|sejam|conclusão) )?
    )$
    """,
    re.VERBOSE,
)
_FAR_REACH = 16  # words

_Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spelling:
    """What tells a question's answers apart, and so is more than ink."""

    case: bool
    brackets: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """The answers that may be read, as tokens."""

    spelling: _Spelling
    tokens: tuple[_Tokens, ...]
    formulas: bool  # then a symbol beside a name makes it another formula
    denials: frozenset[str]
    named_in_prose: bool  # not where a letter is an answer: `a` is a word of both languages


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mention:
    """Where a text names an answer."""

    answer: int
    denied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What a rung decided; without a verdict: that nothing can be read."""

    verdict: int | None
    note: str


def score(question: Question, response: Response) -> Score:
    """Judge the most likely choice, or the answer that the text names."""
    match response:
        case LogLikelihoods(values=values):
            return _score_values(question, values)
        case Completion():
            return _continued.read_first(question, response, lambda one: named(question, one))


def _score_values(question: Question, values: Sequence[float]) -> Score:
    if len(values) != len(question.answers) or not values:
        note = f"{len(values)} values for {len(question.answers)} choices"
        return Score(outcome=Outcome.UNREAD, note=note)
    if not all(math.isfinite(value) for value in values):
        return Score(outcome=Outcome.UNREAD, note="a value is not finite")
    highest = max(values)
    best = [index for index, value in enumerate(values) if value == highest]
    if len(best) > 1:
        return Score(outcome=Outcome.TIE, note=f"{len(best)} choices share the highest value")
    return _verdict(question, best[0], "")


def named(question: Question, completion: Completion) -> Score:
    """Judge the answer that a text names, all of which is read."""
    unread = Outcome.CUT if completion.finish == "length" else Outcome.UNREAD
    answers = _answers(question.answers)
    if len(set(answers.tokens)) < len(answers.tokens) or not all(answers.tokens):
        return Score(outcome=Outcome.UNREAD, note="the answers cannot be told apart")
    reading = _read(completion.text, answers)
    if reading.verdict is None:
        return Score(outcome=unread, note=reading.note)
    if unread is Outcome.CUT and _may_go_on(completion.text, answers, reading.verdict):
        return Score(outcome=unread, note="cut within an answer")
    return _verdict(question, reading.verdict, reading.note)


def _verdict(question: Question, verdict: int, note: str) -> Score:
    outcome = Outcome.RIGHT if verdict == question.gold else Outcome.WRONG
    return Score(outcome=outcome, verdict=verdict, note=note)


# ── the ladder ──────────────────────────────────────────────────────────────────────────────────


def _read(text: str, answers: _Answers) -> _Reading:
    seen_whole = len(text) <= HEAD + TAIL
    lines = _lines(text) if seen_whole else [*_lines(text[:HEAD]), *_lines(text[-TAIL:])[1:]]
    return (
        _read_answer_line(lines, answers)
        or _read_first_line(lines, answers)
        or _read_prose(lines, answers, seen_whole=seen_whole)
    )


def _read_answer_line(lines: Sequence[str], answers: _Answers) -> _Reading | None:
    for index, line in reversed(list(enumerate(lines))):
        found = _ANSWER_LINE.match(line)
        if found is None:
            continue
        said = found["content"]
        # The answer may stand under its heading.
        below = not _tokens(said, answers.spelling) and index + 1 < len(lines)
        if below:
            said = lines[index + 1]
        bare = _parts.unboxed(said)
        content = _tokens(bare, answers.spelling)
        if content in answers.tokens:
            plain = bare == said and not (below or found["before"] or found["after"])
            note = "strict" if plain else "lenient: answer line"
            return _Reading(verdict=answers.tokens.index(content), note=note)
        letter = _letter(bare, answers)
        if letter is not None:
            return _Reading(verdict=letter, note="lenient: answer line")
        mentions = () if below else tuple(_mentions(content, answers))
        if mentions:
            return _read_mentions(mentions, answers, "answer line")
    return None


def _read_first_line(lines: Sequence[str], answers: _Answers) -> _Reading | None:
    if not lines:
        return None
    bare = _parts.unboxed(lines[0])
    first = _tokens(bare, answers.spelling)
    verdict = answers.tokens.index(first) if first in answers.tokens else _letter(bare, answers)
    return None if verdict is None else _Reading(verdict=verdict, note="lenient: first line")


def _letter(line: str, answers: _Answers) -> int | None:
    """Return the answer that a line begins with as one marks an option: `B. ~P`, `option B`."""
    found = None if answers.named_in_prose else _OPTION.match(line)
    if found is None:
        return None
    tokens = _tokens(found["letter"], answers.spelling)
    return answers.tokens.index(tokens) if tokens in answers.tokens else None


def _read_prose(lines: Sequence[str], answers: _Answers, *, seen_whole: bool) -> _Reading:
    mentions = tuple(_mentions(_tokens("\n".join(lines), answers.spelling), answers))
    if not seen_whole:
        # What was not looked at may name another answer.
        return _Reading(verdict=None, note="too long to read without an answer line")
    return _read_mentions(mentions, answers, "only one named")


def _read_mentions(mentions: Sequence[_Mention], answers: _Answers, rung: str) -> _Reading:
    named = {mention.answer for mention in mentions}
    if not named:
        return _Reading(verdict=None, note="no answer named")
    if len(named) > 1:
        return _Reading(verdict=None, note=f"{len(named)} answers named")
    if any(mention.denied for mention in mentions):
        return _Reading(verdict=None, note="the answer named is denied")
    if not answers.named_in_prose:
        return _Reading(verdict=None, note="a letter in running text")
    return _Reading(verdict=named.pop(), note=f"lenient: {rung}")


def _may_go_on(text: str, answers: _Answers, verdict: int) -> bool:
    """Tell whether the text ends in an answer that is the beginning of another: `no`, `not …`."""
    if not text[-1:].isalnum():
        return False
    end = _tokens(" ".join(_lines(text[-_LONGEST_WORD:])), answers.spelling)
    read = answers.tokens[verdict]
    begins = " ".join(read)
    others = (" ".join(tokens) for tokens in answers.tokens if tokens != read)
    return end[-len(read) :] == read and any(other.startswith(begins) for other in others)


# ── words ───────────────────────────────────────────────────────────────────────────────────────


def _answers(texts: Sequence[str]) -> _Answers:
    plain = [_normal(text).strip() for text in texts]
    bare = [text[1:-1] if _is_bracketed(text) else text for text in plain]
    brackets = any(not text or _BRACKETS & set(text) for text in bare)
    folded = len({text.casefold() for text in plain}) == len(set(plain))
    spelling = _Spelling(case=not folded, brackets=brackets)
    tokens = tuple(_tokens(text, spelling) for text in plain)
    words = {word for answer in tokens for word in answer}
    return _Answers(
        spelling=spelling,
        tokens=tokens,
        formulas=any(_is_symbol(word) for word in words),
        denials=_DENIALS - {answer[0] for answer in tokens if len(answer) == 1},
        named_in_prose=not any(len(answer) == 1 and len(answer[0]) == 1 for answer in tokens),
    )


def _lines(text: str) -> list[str]:
    """Return the lines that are not blank, in normal form."""
    return [normal for line in text.splitlines() if (normal := _normal(line))]


def _normal(line: str) -> str:
    words = (
        unicodedata.normalize("NFKC", word) if len(word) <= _LONGEST_WORD else word
        for word in line.split()
    )
    return " ".join(words).translate(_CONNECTIVES)


def _tokens(normal: str, spelling: _Spelling) -> _Tokens:
    joined = _PREFIX.sub(r"\1", normal)
    found: list[str] = _TOKEN.findall(joined if spelling.case else joined.casefold())
    return tuple(
        "~" if token in _NEGATION else token
        for token in found
        if spelling.brackets or token not in _BRACKETS
    )


def _mentions(tokens: _Tokens, answers: _Answers) -> Iterator[_Mention]:
    """Yield what is named from left to right; the longest name where several begin."""
    starts: dict[str, list[int]] = {}
    for index, answer in sorted(enumerate(answers.tokens), key=lambda item: -len(item[1])):
        starts.setdefault(answer[0], []).append(index)
    at, last_end = 0, 0
    while at < len(tokens):
        named = _named_at(tokens, at, starts.get(tokens[at], ()), answers)
        if named is None:
            at += 1
            continue
        yield _Mention(answer=named, denied=_is_denied(tokens[last_end:at], answers))
        at = last_end = at + len(answers.tokens[named])


def _is_denied(before: _Tokens, answers: _Answers) -> bool:
    """Tell whether a name is denied, from the words between it and the name before."""
    if any(word in answers.denials or word.endswith("n't") for word in before[-_REACH:]):
        return True
    return _FAR_DENIAL.search(" ".join(before[-_FAR_REACH:]).casefold()) is not None


def _named_at(tokens: _Tokens, at: int, candidates: Sequence[int], answers: _Answers) -> int | None:
    for index in candidates:
        end = at + len(answers.tokens[index])
        if tokens[at:end] != answers.tokens[index]:
            continue
        beside = (*tokens[max(at - 1, 0) : at], *tokens[end : end + 1])
        if not (answers.formulas and any(_is_symbol(token) for token in beside)):
            return index
    return None


def _is_symbol(token: str) -> bool:
    return token not in _BRACKETS and not token[0].isalnum()


def _is_bracketed(text: str) -> bool:
    return text[:1] in _BRACKETS and text[-1:] in _BRACKETS
