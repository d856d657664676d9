"""Observe and check: what is demanded of an Agent Server, of whom, and whether it held."""
