"""The forms in which a secret may turn up, and whether it can be looked for at all.

Not every value can: with `--env N=1` the ones would vanish from all reports, and with the password
`postgres` the name of the database. Such a value is no secret to anybody, and it is hidden where it
stands as an option. Looked for everywhere is what nobody would guess or write by chance.
"""

import base64
import html
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote

#: A shorter value stands in too many other words.
SHORTEST = 6
#: A value as long as this is no word that anybody writes by chance.
LONG = 16
#: Beside letters and digits a shorter value could be part of an id.
ALONE_BELOW = 10

_NUMBER = re.compile(r"[\d.,:+-]+")
_WORD = re.compile(r"[a-z]+(?:[-_. ][a-z]+)*|[A-Z]?[a-z]+")
#: Capitals that documents are made of; other words in capitals are as good as any password.
_CAPITALS = frozenset(
    [
        "PASS",
        "FAIL",
        "WARN",
        "ERROR",
        "INCONCLUSIVE",
        "DISABLED",
        "UNTESTED",
        "NOT_APPLICABLE",
        "NOT_JUDGED",
        "MUST",
        "SHOULD",
        "DELETE",
        "OPTIONS",
        "WARNING",
        "CRITICAL",
        "DEBUG",
        "NOTSET",
    ]
)
_PLACE = re.compile(r"(?:[./~]|[a-zA-Z][\w+.-]*://)\S*")


def is_searchable(value: str) -> bool:
    """Return whether the value may be replaced wherever it turns up."""
    if len(value) < SHORTEST or len(set(value)) < 3:
        return False
    if _NUMBER.fullmatch(value) or _WORD.fullmatch(value):
        return len(value) >= LONG
    return value not in _CAPITALS


def is_setting(value: str) -> bool:
    """Return whether a value is an ordinary setting: a path, an address, a version or words."""
    ordinary = (_PLACE, _WORD, re.compile(r"[\w.-]+:\d+|v?\d[\w.]*"))
    return any(pattern.fullmatch(value) for pattern in ordinary)


def list_forms(value: str) -> Iterator[str]:
    """Yield the value as it is and as encodings write it, some of them more than once."""
    # JSON, as variables and bodies are, may be encoded once more as a whole.
    for form in (value, unquote(value), json.dumps(value)[1:-1]):
        yield from (form, repr(form)[1:-1], quote(form), quote(form, safe=""), quote_plus(form))
        yield from (_lower(quote(form, safe="")), html.escape(form), _number_entities(form))
        yield repr(form.encode("utf-8", "surrogateescape"))[2:-1]
        yield from _escape(form)
        data = form.encode("utf-8", "surrogateescape")
        yield from (base64.b64encode(data).decode(), data.hex(), data.hex().upper())
        yield from _within_base64(data)


def _within_base64(data: bytes) -> Iterator[str]:
    """As base64 of a longer text holds it, such as a login's or a whole environment's.

    Three bytes make four characters, so there are three ways to lie in it; characters that also
    depend on what comes before or after are left out.
    """
    for before in range(3):
        padded = bytes(before) + data
        begin, end = -(-before * 8 // 6), len(padded) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(padded).decode()[begin:end]


def _escape(text: str) -> Iterator[str]:
    """As JSON holds it, and as JSON or a dictionary of Python's that holds JSON."""
    for ascii_only in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield from (json.dumps(once, ensure_ascii=ascii_only)[1:-1], repr(once)[1:-1])


def _lower(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), text)


def _number_entities(text: str) -> str:
    """As jinja escapes it."""
    return html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
