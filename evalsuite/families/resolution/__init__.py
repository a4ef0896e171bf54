"""Resolution: one step, refutations, strategies."""
