"""Checkers: each is small, never searches, and imports no prover."""
