"""The one import name of all that is installed.

The four folders of the checkout are linked into this one, and a wheel has them here for good. So
a project that installs onceproof may have a `load`, a `reports` or a `conformance` of its own:
neither hides the other.
"""
