"""Provers: what they find is a proof only when a kernel accepts it."""
