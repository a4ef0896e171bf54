"""Text with nothing hidden in it: what a page would obey, or not show, stands there as a sign.

A control character becomes its picture (␀, ␛), any other invisible one its number: ⟦U+202E⟧ turns
the direction of writing, ⟦U+200B⟧ has no width. Line feed and tab stay.
"""

import re

_PICTURES = 0x2400  # ␀, the picture of the control character 0
_CONTROLS = 0x20
_DELETE = 0x7F
# Unicode's controls, formats, surrogates and separators of lines, and what it says may be ignored.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """Return a text with a sign for each character that is not seen."""
    return _HIDDEN.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < _CONTROLS:
        return chr(_PICTURES + code)
    return "␡" if code == _DELETE else f"⟦U+{code:04X}⟧"
