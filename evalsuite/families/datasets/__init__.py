"""Data sets as their files are: a record is a question, and the set's own answer is the gold."""
