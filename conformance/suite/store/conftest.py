"""What the tests of the store share."""

from onceproof.conformance.suite.kit.store_space import space

__all__ = ["space"]
