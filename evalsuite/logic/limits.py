"""How much of a text from outside is read: proofs and problems may be hostile."""

from dataclasses import dataclass

from evalsuite.logic.flaws import TooLarge


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that is read; what goes beyond is refused before it is worked on.

    Attributes:
        characters: in the whole text.
        steps: lines, clauses or formulas of a problem or a proof.
        depth: of a formula, `syntax.depth`.
        name: characters of one name.
        size: symbols that one clause or formula, or what a step makes of it, may have.

    """

    characters: int = 2_000_000
    steps: int = 20_000
    depth: int = 200
    name: int = 100
    size: int = 20_000


DEFAULT = Limits()


def within(count: int, limit: int, what: str) -> None:
    """Pass a count that is within its limit.

    Raises:
        TooLarge: it is not.

    """
    if count > limit:
        raise TooLarge(f"{count:,} {what}, the limit is {limit:,}")
