"""The hash chain over the events of a probe: one value commits to a whole prefix.

Two subscribers that hold the same `h` at the same `seq` have seen the same events in the same
order, whatever ids the server gave them. The token of the attempt is left out on purpose: a
second attempt must tell the same story as the first.
"""

from hashlib import blake2b


def chain_hash(prev: str, nonce: str, seq: int, pad: str = "") -> str:
    """Hash event `seq` of run `nonce` onto `prev`, the hash before it ('' for the first)."""
    return blake2b(f"{prev}{nonce}{seq}{pad}".encode(), digest_size=8).hexdigest()
