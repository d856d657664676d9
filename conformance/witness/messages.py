"""What probes say to the sink: one struct per verb; msgspec refuses what does not fit."""

import msgspec

Step = int | str


class Begin(msgspec.Struct, frozen=True):
    """A node began to execute step `step` of run `nonce` in process `pid` on `host`."""

    nonce: str
    step: Step
    pid: int
    host: str


class Ping(msgspec.Struct, frozen=True):
    """The execution `token` is still alive."""

    token: int


class Effect(msgspec.Struct, frozen=True):
    """The execution `token` did what must happen once: the side effect `key`."""

    token: int
    nonce: str
    key: str


class End(msgspec.Struct, frozen=True):
    """The execution `token` is over: 'ok', or the name of the exception that left the node."""

    token: int
    nonce: str
    outcome: str


class Once(msgspec.Struct, frozen=True):
    """Begin, effect `key` and end of run `nonce` in one instant."""

    nonce: str
    key: str
    pid: int | None = None
    host: str | None = None


Message = Begin | Ping | Effect | End | Once

DECODERS: dict[str, msgspec.json.Decoder] = {
    f"/{kind.__name__.lower()}": msgspec.json.Decoder(kind)
    for kind in (Begin, Ping, Effect, End, Once)
}
