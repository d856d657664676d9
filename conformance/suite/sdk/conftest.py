"""What the tests of the official client share."""

from conformance.suite.aside import aside, aside_history, aside_sink

__all__ = ["aside", "aside_history", "aside_sink"]
