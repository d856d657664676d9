"""What the tests of assistants share."""

from onceproof.conformance.suite.kit.aside import aside, aside_history, aside_sink
from onceproof.conformance.suite.kit.assistants import assistants

__all__ = ["aside", "aside_history", "aside_sink", "assistants"]
