"""Logic as text: formulas, clauses and problem files, read and written."""
