"""From proofs as people and models write them to the steps that a kernel checks."""
