"""The suite tried on servers that are right, each in another way than the reference server.

variation.py    what a variation is: a small replacement of one part by another that is right, too
variations/     the variations, by what they change
answering.py    how variations change answers on their way to the client
server.py       starts the reference server with some of them
trial.py        certifies such a server, and judges whether anything was blamed
table.py        shows the trials
session.py      tries them one after the other, for the command line
"""
