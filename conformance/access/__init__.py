"""The way in to a target: headers, TLS and proxies, the same for every part that speaks to it.

sources    where a header's value comes from: the option itself, a variable, a file, a command
tokens     what a command says beside a token: how long it lives
headers    all headers, and how a refused one is renewed
tls        the context of connections: which authorities are trusted, which certificate is shown
proxies    which proxy of the environment leads to a URL
way        all of it, and which is in use: the suite, the observers, the official client, the load
clients    httpx clients and transports that go that way
entrance   what the first answers say: an Agent Server, and one that lets us in
gathered   how often an answer was asked for that a gateway could gather
sockets    bare connections that go that way

One way is in use at a time in a process, set by the session that is open. That the parts ask here,
and are not handed it one by one, is what keeps one of them from being forgotten.
"""

from onceproof.conformance.access.way import Way, current_way, use_way

__all__ = ["Way", "current_way", "use_way"]
