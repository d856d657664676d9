"""The suite tried on servers with one known defect each.

mutant.py    what a mutant is: a small replacement of one part of the reference server
mutants/     the mutants, by the part that they replace
server.py    starts the reference server with one of them
trial.py     certifies such a server, and judges who blamed what
matrix.py    shows the trials
"""
