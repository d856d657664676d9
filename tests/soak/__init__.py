"""Soaks: the suite again and again on the right server, each time in another order.

order.py      a plugin of pytest that puts the suite's tests into the order of a seed
certify.py    `onceproof certify` with that plugin
starving.py   takes the processors away meanwhile
record.py     what each run said, and what all of them come to
__main__.py   python -m tests.soak N
"""
