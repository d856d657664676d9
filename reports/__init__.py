"""The report of a certification: one document, `results.json`, and pages derived from it.

`results` is the document, `outcome` what it amounts to; `junit`, `html`, `markdown` and
`terminal` render it, and `write` puts them into the folder of a run.
"""
