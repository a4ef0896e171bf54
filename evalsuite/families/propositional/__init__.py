"""Propositional logic: truth, entailment, normal forms, models."""
