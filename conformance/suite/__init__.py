"""The tests, a folder per chapter. Run by `onceproof certify`, or plainly:

pytest --pyargs onceproof.conformance.suite --onceproof-url http://127.0.0.1:8123
"""
