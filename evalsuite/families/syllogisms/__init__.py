"""Categorical propositions: syllogisms, the square of opposition, sorites."""
