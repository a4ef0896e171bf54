"""Pages for this machine alone: `loopback` serves an app, `guard` stands before it."""
