"""The report of a certification or a chaos: one document, `results.json`, and what derives from it.

`results` is the document and `outcome` judges it, once; `junit`, `html`, `markdown` and `terminal`
render what it says, and `write` puts them into the folder of a run.
"""
