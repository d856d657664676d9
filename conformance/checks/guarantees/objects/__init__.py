"""Guarantees of what outlives a run: threads, assistants and items of the store."""
