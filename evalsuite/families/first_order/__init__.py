"""First-order logic: substitution, normal forms, unification, structures and entailment."""
