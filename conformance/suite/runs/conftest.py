"""What tests of creations share: creations that are sent twice are no matter for the checkers."""

from onceproof.conformance.suite.kit.aside import aside, aside_history, aside_sink

__all__ = ["aside", "aside_history", "aside_sink"]
