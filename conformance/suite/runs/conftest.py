"""What tests of creations share: creations sent twice are kept out of the checkers' history."""

from onceproof.conformance.suite.kit.aside import aside, aside_history, aside_sink

__all__ = ["aside", "aside_history", "aside_sink"]
