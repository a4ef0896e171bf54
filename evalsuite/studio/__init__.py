"""The studio: a page on this machine alone that shows a template as models get it, live.

`server` serves `app` on loopback; what a template writes is rendered in `worker`, a process of
its own, by `view`; `files` reads and writes the templates.
"""
