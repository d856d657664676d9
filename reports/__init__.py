"""The report of a certification or a chaos: one document, `results.json`, and what derives from it.

`results` is the document and `outcome` judges it, once; `formats` lists what renders it for people
and programs, `terminal` prints it, and `write` puts the usual reports into the folder of a run.
"""
