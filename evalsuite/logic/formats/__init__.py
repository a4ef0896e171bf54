"""Proof formats of other programs."""
