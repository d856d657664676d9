"""The background queue: accepted once, executed once, ended once, also while things break."""
