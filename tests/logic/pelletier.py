"""Pelletier's problems, which the family `named` asks."""

from evalsuite.families.named._pelletier import (
    FULL,
    MONADIC,
    PELLETIER,
    PROPOSITIONAL,
    Case,
)

__all__ = ["FULL", "MONADIC", "PELLETIER", "PROPOSITIONAL", "Case"]
