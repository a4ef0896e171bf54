"""From sentence to formula and back: only if, unless, neither, not every, no one … anyone."""
