"""What names look like in our language.

A name is letters, digits, `_` and `'`, and does not begin with a digit or `'`; only a constant may
be a number. Letters are those of ASCII and Latin-1 and the Greek ones that are not taken for Latin
ones. A name that matches `[u-z][0-9_']*` is a variable's where no quantifier binds it; a name that
a quantifier binds is a variable's in any case.
"""

import re
import unicodedata

_VARIABLE = re.compile(r"[u-z][0-9_']*")
_NAME = re.compile(r"[^\W\d][\w']*")
_GAP = re.compile(r"[\s,]+")

# Letters outside ASCII, and the signs of `grammar.lark`.
_OTHERS = "À-ÖØ-öø-ÿΓΔΘΛΞΠΣΦΨΩα-μξπ-τφ-ω¬￢·∧⋀∨⋁→⇒⟶⟹⊃↔⇔⟷⟺≡⊕⊻□◻◇◊⋄∀∃⊤⊥∅↦←"
_MARK = "\u0300-\u036f"
_STRANGE = re.compile(rf"[^\x20-\x7e\s{_OTHERS}]")
_STRANGE_OR_STACKED = re.compile(rf"[^\x20-\x7e\s{_OTHERS}{_MARK}]|[{_MARK}]{{4}}")
# Words that are names nowhere; `grammar.lark` has the same.
_WORDS = """
    not NOT não nao and AND or OR ou implies IMPLIES iff IFF xor XOR box dia forall FORALL all
    exists EXISTS some true True TRUE false False FALSE
"""
RESERVED = frozenset(_WORDS.split())
_INK = str.maketrans(
    {
        **{chr(0x2080 + digit): str(digit) for digit in range(10)},  # subscripts
        "′": "'",
        "’": "'",
        "‘": "'",
        "−": "-",  # minus
        "–": "-",
        "∼": "~",
        "∣": "|",
    }
)


def is_variable(name: str) -> bool:
    """Say whether a name that no quantifier binds is a variable's."""
    return _VARIABLE.fullmatch(name) is not None


def is_name(name: str) -> bool:
    """Say whether something can have this name."""
    return _NAME.fullmatch(name) is not None and strange(name) is None and name not in RESERVED


def plain(text: str) -> str:
    """Write accents, digits and signs in the one way that the grammar knows.

    A text in which `strange` finds something stays as it is, but for signs: to compose a long pile
    of accents takes time.
    """
    if text.isascii():
        return text
    text = text.translate(_INK)
    return text if _STRANGE_OR_STACKED.search(text) else unicodedata.normalize("NFC", text)


def strange(text: str) -> int | None:
    """Return where the first character stands that is in no name and is no sign."""
    if text.isascii():
        return None
    found = _STRANGE.search(text)
    return found.start() if found else None


def described(character: str) -> str:
    """Name a character that cannot be told from its looks: `А` (U+0410, cyrillic …)."""
    shown = f"`{character}` " if character.isprintable() else ""
    name = unicodedata.name(character, "no character").lower()
    return f"{shown}U+{ord(character):04X} ({name})"


def spelled(name: str) -> str:
    r"""Return a name as it is meant: `P_{12}` and `\mathit{P\_12}` are `P_12`."""
    if "{" not in name:
        return name
    if name.startswith("\\"):
        name = name[name.index("{") + 1 : -1]
    return name.replace("\\", "").replace("{", "").replace("}", "")


def split(names: str) -> tuple[str, ...]:
    """Return the names in a list with gaps or commas between them."""
    return tuple(map(spelled, _GAP.split(names)))
