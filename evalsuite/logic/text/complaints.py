"""What is said of a text that cannot be read: what was expected, what was found, and where."""

import re
from collections.abc import Collection

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from evalsuite.logic.flaws import SyntaxFlaw
from evalsuite.logic.text.names import described

WIDTH = 70  # of an excerpt
_FOUND = re.compile(r"[$\\]?[\w']+|<[-=]*>|[-=|]+>|\|-|\S")
_LONGEST = 30  # of what was found

# What a place in a text is for, told by the first of these signs that may stand there.
_PLACES = {
    "FOF": "`fof` or `cnf`",
    "EMPTY": "a clause",
    "BOX": "a formula",
    "QUANTIFIER": "a formula",
    "NOT": "a literal",
    "VARIABLES": "a variable",
    "NOTHING": "a substitution",
    "BECOMES": "`->`",
    "NUMBER": "a term",
    "VARIABLE": "a variable",
    "NAME": "an atom",
    "AND": "a connective",
    "OR": "`|`",
    "SLASH": "`/`",
    "DOT": "`.`",
}
_OPERATORS = {"AND", "OR"}


def position(error: UnexpectedInput, text: str) -> int:
    """Return where reading stopped."""
    at: int | None = None
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        at = error.token.start_pos
    elif isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream
    return len(text.rstrip()) if at is None else at


def complaint(error: UnexpectedInput, text: str, line: int) -> SyntaxFlaw:
    """Return the flaw that a parser's error stands for; `line` is where the text begins."""
    at = position(error, text)
    if isinstance(error, UnexpectedToken) and _is_chain(error):
        return flaw_at("`<->` and `xor` do not chain: use brackets", text, at, line)
    allowed = error.allowed if isinstance(error, UnexpectedCharacters) else _expected(error)
    return flaw_at(
        f"expected {_place(allowed, text[:at])}, found {found(text, at)}", text, at, line
    )


def flaw_at(message: str, text: str, at: int, line: int) -> SyntaxFlaw:
    """Return a flaw with the line of the text that it is on, cut where that is long."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    row = text[start : end if end >= 0 else len(text)]
    column = at - start
    left = max(0, min(column - WIDTH // 2, len(row) - WIDTH))
    shown = row[left : left + WIDTH]
    if left:
        shown = "…" + shown[1:]
    if left + WIDTH < len(row):
        shown = shown[:-1] + "…"
    printable = "".join(one if one.isprintable() else " " for one in shown)
    return SyntaxFlaw(
        message,
        text=printable.rstrip(),
        column=column - left,
        line=line + text.count("\n", 0, at),
    )


def _is_chain(error: UnexpectedToken) -> bool:
    """Say whether a sign may stand after a formula but not after this one: `A <-> B <-> C`.

    The lexer refuses a sign that is out of place, and tells what came before; this one it took.
    """
    return error.token_history is None and error.token.type in {"IFF", "XOR"}


def _expected(error: UnexpectedInput) -> Collection[str]:
    return error.expected if isinstance(error, UnexpectedToken) else ()


def _place(allowed: Collection[str], before: str) -> str:
    options = [next((told for sign, told in _PLACES.items() if sign in allowed), "")]
    operator = bool(_OPERATORS.intersection(allowed))
    if "AND" in allowed and "OR" not in allowed:
        options = ["`&`"]  # TPTP's chains have one sign
    if options[0] and not operator:
        return options[0]
    inside = before.count("(") > before.count(")")
    if "COMMA" in allowed and "AND" not in allowed and (inside or "{" in before):
        options.append("`,`")
    if "RPAR" in allowed and inside:
        options.append("`)`")
    elif "RBRACE" in allowed and "{" in before:
        options.append("`}`")
    elif "RSQB" in allowed and "[" in before:
        options.append("`]`")
    elif "$END" in allowed or operator:  # a lexer does not tell that the end is allowed
        options.append("the end")
    options = [option for option in options if option] or ["the end"]
    return " or ".join(filter(None, (", ".join(options[:-1]), options[-1])))


def found(text: str, at: int) -> str:
    """Name what stands at a place."""
    symbol = _FOUND.match(text, at)
    if not symbol:
        return "the end"
    if not symbol[0].isprintable():
        return described(text[at])
    shown = symbol.group()
    return f"`{shown}`" if len(shown) <= _LONGEST else f"`{shown[: _LONGEST - 1]}…`"
