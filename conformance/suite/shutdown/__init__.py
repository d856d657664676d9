"""Stopping and crashing: what is under way ends, is handed on, or is found again."""
