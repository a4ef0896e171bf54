"""Which line a reference means: `3`, `C3`, `3a`, whatever the lines themselves are called.

A reference means the line with that number. Where there is none, `C3` is the line 3 of a proof that
lists what it is given, else the problem's third clause; `3` is the line `C3`, where only that one
has the digits; `3a` and `3b` are literals of line 3.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from evalsuite.logic.elaborators._resolving import Builder
from evalsuite.logic.flaws import ForwardReference, SelfReference, UnknownReference
from evalsuite.logic.proofs import ClauseLine, Given

_NAME = re.compile(r"([A-Z]*)(\d+)([a-z]?'?)")


@dataclass(slots=True)
class References:
    """The lines by what they are called.

    Attributes:
        places: the first line of each name, in the whole proof.
        digits: the name of the line with these digits; `None` where several have them.
        lists_given: whether the proof lists what it is given.
        steps: the kernel step of each line so far.
        parents: the lines that each line uses.

    """

    places: dict[str, int]
    digits: dict[str, str | None]
    lists_given: bool
    steps: dict[str, int] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Sequence[ClauseLine]) -> "References":
        """Return the references to lines."""
        places: dict[str, int] = {}
        digits: dict[str, str | None] = {}
        for place, line in enumerate(lines):
            places.setdefault(line.label, place)
        for name in places:
            if match := _NAME.fullmatch(name):
                digits[match[2]] = None if match[2] in digits else name
        lists_given = any(line.rule == "given" or not line.parents for line in lines)
        return cls(places=places, digits=digits, lists_given=lists_given)

    def is_repeated(self, line: ClauseLine) -> bool:
        """Say whether an earlier line has the line's name."""
        return line.label in self.steps

    def name(self, line: ClauseLine, step: int) -> None:
        """Keep the kernel step of a line."""
        self.steps[line.label] = step

    def is_clause_number(self, names: Sequence[str]) -> bool:
        """Say whether this is `C3` alone, and no line is called so."""
        return len(names) == 1 and names[0][:1] == "C" and names[0] not in self.places

    def find(self, builder: Builder, name: str, line: ClauseLine) -> int:
        """Return the kernel step of the line that is meant.

        Raises:
            Flaw: there is none before this line.

        """
        meant = self._meant(name)
        if meant is None:
            place = int(name[1:]) - 1 if re.fullmatch(r"C\d+", name) else -1
            if 0 <= place < len(builder.given):
                return builder.add(builder.given[place], Given(place), line.line)
            raise UnknownReference(f"there is no step {name}", line=line.line)
        if meant in self.steps:
            self.parents.setdefault(line.label, []).append(meant)
            if meant != name:
                builder.note(f"step {meant} is called {name}", line, kind="ink")
            return self.steps[meant]
        if meant == line.label:
            raise SelfReference(f"step {name} cannot follow from itself", line=line.line)
        raise ForwardReference(f"step {name} comes only later", line=line.line)

    def _meant(self, name: str) -> str | None:
        match = _NAME.fullmatch(name)
        if name in self.places or match is None:
            return name if name in self.places else None
        letters, digits, index = match.groups()
        if index and letters + digits in self.places:
            return letters + digits
        if letters and not self.lists_given:
            return None
        return digits if digits in self.places else self.digits.get(digits)

    def unused(self, lines: Sequence[ClauseLine]) -> tuple[str, ...]:
        """Return the names of lines that the last one does not need."""
        waiting = [lines[-1].label] if lines else []
        needed = set(waiting)
        while waiting:
            for name in self.parents.get(waiting.pop(), ()):
                if name not in needed:
                    needed.add(name)
                    waiting.append(name)
        return tuple(line.label for line in lines if line.label not in needed)
