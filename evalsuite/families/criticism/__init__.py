"""Proofs that are given, right or with one error: judge, mend or complete them."""
