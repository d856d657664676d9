"""One fault of a field certification: from when until when it can be felt."""

from dataclasses import dataclass

from onceproof.conformance.history.record import Record


@dataclass
class FieldFault:
    """What was broken at `injected` and mended at `healed`; None while nobody has mended it."""

    name: str
    injected: Record
    healed: Record | None = None
    stopped: Record | None = None

    @property
    def replica(self) -> str | None:
        """The process that was broken, None for what all share."""
        return self.injected.value.get("replica")

    @property
    def loses_streams(self) -> bool:
        """Whether buffers of streams are lost by it."""
        return bool(self.injected.value.get("loses_streams"))

    @property
    def recovery_ns(self) -> int:
        """How long after it was mended a server may still be putting things right."""
        return int(self.injected.value.get("recovery_ms", 0) * 1_000_000)

    @property
    def excuses_until(self) -> float:
        """The time after which it excuses nothing any more."""
        return float("inf") if self.healed is None else self.healed.t + self.recovery_ns

    def __str__(self) -> str:
        where = f" of {self.replica}" if self.replica else ""
        return f"{self.name}{where}"
