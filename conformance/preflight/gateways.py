"""Who stands before the server, by the headers it leaves, and how to have it let streams go.

A proxy that gathers an answer before it passes it on turns an event stream into one lump. Most of
them put their name into `Server` or `Via`, or a header of their own beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Gateway:
    """Its name, and the setting that has it pass on each event as it comes."""

    name: str
    advice: str


_ACCEL = "or let the server's own `X-Accel-Buffering: no` pass (no `proxy_ignore_headers` for it)"
#: By what stands in `Server` or `Via`.
_BY_NAME = {
    "nginx": Gateway("nginx", f"set `proxy_buffering off` for its location, {_ACCEL}"),
    "openresty": Gateway("OpenResty", f"set `proxy_buffering off` for its location, {_ACCEL}"),
    "apache": Gateway("Apache", "add `flushpackets=on` to its ProxyPass and take mod_deflate away"),
    "caddy": Gateway("Caddy", "set `flush_interval -1` in its reverse_proxy, without `encode`"),
    "varnish": Gateway("Varnish", "set `beresp.do_stream = true`, or pipe event streams"),
    "squid": Gateway("Squid", "let it pass event streams without caching"),
    "envoy": Gateway("Envoy", "take the buffer and compressor filters off this route"),
    "cloudflare": Gateway("Cloudflare", "turn buffering and compression off for this route"),
    "cloudfront": Gateway("CloudFront", "turn compression off for this route"),
}
#: By a header that only one of them sends.
_BY_HEADER = {
    "cf-ray": _BY_NAME["cloudflare"],
    "x-amz-cf-id": _BY_NAME["cloudfront"],
    "apigw-requestid": Gateway(
        "Amazon API Gateway", "it gathers every answer: use a load balancer in its place"
    ),
    "x-amz-apigw-id": Gateway(
        "Amazon API Gateway", "it gathers every answer: use a load balancer in its place"
    ),
    "x-envoy-upstream-service-time": _BY_NAME["envoy"],
    "x-varnish": _BY_NAME["varnish"],
}
_UNKNOWN = Gateway(
    "a proxy that names itself nowhere, or the server",
    "turn response buffering and compression of text/event-stream off in each",
)


def name_gateway(headers: Mapping[str, str]) -> Gateway | None:
    """Return the gateway that left its name in these headers of an answer, None without one."""
    lower = {name.lower(): value.lower() for name, value in headers.items()}
    for name, gateway in _BY_HEADER.items():
        if name in lower:
            return gateway
    said = f"{lower.get('server', '')} {lower.get('via', '')}"
    return next((gateway for name, gateway in _BY_NAME.items() if name in said), None)


def explain_lumps(headers: Mapping[str, str]) -> str:
    """Return the sentence for streams that arrive in one lump: who gathers them, what to set."""
    gateway = name_gateway(headers)
    who = f"{gateway.name} in front of the server" if gateway else _UNKNOWN.name
    advice = (gateway or _UNKNOWN).advice
    if "gzip" in headers.get("content-encoding", ""):
        advice += "; it also compresses them, which has to end"
    return f"event streams arrive in one lump, when they are over: {who} gathers them; {advice}"
