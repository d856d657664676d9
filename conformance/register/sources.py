"""Where requirements come from: the tags in `sources`, and what each stands for.

A tag is a letter, or a letter with a detail (`D-cron`, `D-log:0.2.66`, `C:worker`, `I#7213`).
The public sources are the documentation, the OpenAPI document, the client, the Agent Protocol,
the JavaScript server and the Helm chart; the others say what was observed where those are silent.
"""

import re

SOURCES = {
    "S": "the vendor's page on self-hosting that this project started from",
    "D": "a page of the documentation in langchain-ai/langgraph at commit 8ccead9560f6",
    "O": "the OpenAPI document served by langgraph-api 0.16.7",
    "C": "behaviour of langgraph-api 0.16.7, with the module it belongs to",
    "R": "behaviour of langgraph-runtime-inmem 0.36.7, with the module it belongs to",
    "K": "the official Python client, langgraph-sdk 0.4.14",
    "P": "the Agent Protocol 0.1.6 of langchain-ai/agent-protocol",
    "J": "the JavaScript server of langchain-ai/langgraphjs and its tests",
    "H": "the Helm chart langgraph-cloud 0.3.2",
    "L": "the langgraph library 1.2.22",
    "X": "observed on the vendor's in-memory server",
    "I": "an issue of langchain-ai/langgraph, by number",
    "F": "a public report of somebody who runs, builds or calls such a server",
    "derived": "follows from other requirements",
    "onceproof": "an extension of this project's own, beyond what any server documents",
}

DOCUMENTATION = {
    "std": "standalone container",
    "scale": "scalability and resilience",
    "data": "data plane",
    "env": "environment variables",
    "egress": "egress for subscription metrics",
    "dt": "double texting",
    "stream": "streaming",
    "hook": "webhooks",
    "ttl": "time to live",
    "auth": "authentication",
    "cron": "cron jobs",
    "thread": "threads",
    "bg": "background and stateless runs",
    "asst": "assistants",
    "sem": "semantic search",
    "http": "custom routes, lifespan and headers",
    "mcp": "MCP endpoint",
    "log": "server changelog, with the release",
    "dur": "durable execution",
}

_TAG = re.compile(
    r"S|O|K|P|J|H|X|F|derived|onceproof"
    r"|D-(?P<page>[a-z]+)(?::[\d.]+)?"
    r"|[CRL](?::[a-z_/]+)?"
    r"|I#\d+"
)


def is_source(tag: str) -> bool:
    """Return whether the tag names a source that the legend explains."""
    match = _TAG.fullmatch(tag)
    return match is not None and (match["page"] is None or match["page"] in DOCUMENTATION)
