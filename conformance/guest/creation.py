"""Which requests make something on a target, and how they come to carry the mark.

A body keeps every byte that it has: the mark is put in before the rest where there are no metadata,
and only metadata that are there already are written anew. White space at its end makes room for the
mark: a test that fills a body up wants it to be as long as it is. What is no JSON object, or has
metadata that are none, is left as it is: a test wants to know what becomes of it. Then the journal
notes it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from onceproof.conformance.guest.body import decode_request
from onceproof.conformance.guest.host import Guest
from onceproof.conformance.guest.journal import ASSISTANT, CRON, ITEM, THREAD
from onceproof.conformance.guest.mark import has_mark, is_marked_namespace

#: A base URL may have a path of its own before these.
CREATING = re.compile(r"/(?:threads|assistants|runs(?:/wait|/stream|/batch|/crons)?)$")
ON_THREAD = re.compile(r"/threads/(?P<thread_id>[^/]+)/runs(?:/wait|/stream)?$")
COPYING = re.compile(r"/threads/[^/]+/copy$")
ITEMS = re.compile(r"/store/items$")
RUN_OF_THREAD = re.compile(r"/threads/(?P<thread_id>[^/?#]+)/runs/")

IDS = {"cron_id": CRON, "assistant_id": ASSISTANT, "thread_id": THREAD}


def mark_body(guest: Guest, method: str, path: str, content: bytes) -> bytes:
    """Return the body of a request as it is sent; ids that are chosen here go into the journal."""
    if guest.mark is None:
        return content
    if method == "PUT" and ITEMS.search(path):
        _note_item(guest, decode_request(content))
    if method != "POST" or not CREATING.search(path):
        return content
    body = decode_request(content)
    try:
        marked = _write(body, content, guest.mark.metadata)
    except RecursionError:  # what can just be read may be too deep to be written
        marked = None
    if marked is None:
        _note_ids(guest, path, body)
        return content
    return marked


def note_location(guest: Guest, method: str, path: str, location: str) -> None:
    """Note the thread that a server made for a stateless run, by the address of the run."""
    found = RUN_OF_THREAD.search(location)
    stateless = method == "POST" and "/threads/" not in path and CREATING.search(path)
    if guest.journal is not None and stateless and found:
        guest.journal.note(THREAD, found["thread_id"])


def note_answer(guest: Guest, method: str, path: str, read: Callable[[], Any]) -> None:
    """Note what an answer says was made, unless it shows the mark; it is only read for that."""
    if guest.journal is None or method != "POST":
        return
    if not (CREATING.search(path) or COPYING.search(path)):
        return
    answer = read()
    for each in answer if isinstance(answer, list) else [answer]:
        if isinstance(each, Mapping) and not has_mark(each.get("metadata")):
            for kind, id in _list_ids(path, each):
                guest.journal.note(kind, id)


def _list_ids(path: str, shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a request to `path` made, by its answer: not the assistant or thread that it used."""
    if path.endswith("/runs/crons"):
        wanted = ["cron_id"]
    elif path.endswith("/assistants"):
        wanted = ["assistant_id"]
    else:
        wanted = [] if ON_THREAD.search(path) else ["thread_id"]
    yield from ((IDS[name], shown[name]) for name in wanted if isinstance(shown.get(name), str))


def _note_ids(guest: Guest, path: str, body: Any) -> None:
    if guest.journal is None or not isinstance(body, dict):
        return
    on_thread = ON_THREAD.search(path)
    if on_thread and body.get("if_not_exists") == "create":
        guest.journal.note(THREAD, on_thread["thread_id"])
    for kind, id in _list_ids(path, body):
        guest.journal.note(kind, id)


def _note_item(guest: Guest, body: Any) -> None:
    namespace = body.get("namespace") if isinstance(body, dict) else None
    if guest.journal is None or not isinstance(namespace, list) or is_marked_namespace(namespace):
        return
    guest.journal.note(ITEM, str(body.get("key")), [str(label) for label in namespace])


def _write(body: Any, content: bytes, mark: Mapping[str, str]) -> bytes | None:
    """Return the body with the mark; None if it cannot carry one."""
    if isinstance(body, list) and all(_takes_mark(each) for each in body):
        return json.dumps([_join(each, mark) for each in body]).encode()
    if not _takes_mark(body):
        return None
    if "metadata" in body:
        return json.dumps(_join(body, mark)).encode()
    rest = content.lstrip().removeprefix(b"{")
    comma = b"," if body else b""
    marked = b'{"metadata":' + json.dumps(mark).encode() + comma + rest
    return marked.rstrip().ljust(len(content))


def _takes_mark(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("metadata", {}), dict | None)


def _join(body: Mapping[str, Any], mark: Mapping[str, str]) -> Mapping[str, object]:
    return {**body, "metadata": {**(body.get("metadata") or {}), **mark}}
