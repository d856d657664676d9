"""Mutants made by machine: defects that nobody chose, so that nobody can write tests for them.

`python -m tests.machine checks` makes mutants of the checks and of the SSE parser and runs the
tests of those parts on each; `python -m tests.machine reference` makes mutants of the reference
server and runs the suite on each. docs/mutation.md has the scores and what survived.
"""
