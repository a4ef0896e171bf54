"""Arguments and puzzles in plain language: rules by name, fallacies, liars, orders, houses."""
