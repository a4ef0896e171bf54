"""Pure logic. Imports nothing else of evalsuite."""
