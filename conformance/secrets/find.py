"""Where secrets stand: in the words of a command line, in URLs, in headers, in variables.

A text is scanned: what comes back is the text with `***` where a secret stands, however short it
is, and the secrets themselves for the registry.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field

from onceproof.conformance.secrets.forms import is_setting
from onceproof.conformance.secrets.registry import HIDDEN, Secrets

_NAME = r"(?:key|auth(?!or(?!iz))|cred|dsn|token|secret|pass(?!file)|pwd)"
_VALUE = r"""(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'&;|)]+)"""
_PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # the word after --api-key, --token, ... but not after our own option that names a file
        rf"--(?!client-key)[\w-]*(?:key|token|password|secret)(?:=|\s+(?!-)){_VALUE}",
        # NAME=VALUE, in a query, an assignment or a connection string
        rf"\b\w*{_NAME}[\w-]*={_VALUE}",
        r"\bauthorization\s*[:=]\s*(?P<value>[^'\"\r\n]+)",
        rf"\b(?:[\w-]*{_NAME}[\w-]*|cookie)\s*:\s*(?!//)(?P<value>[^\s'\"]+)",
        r"\b(?:bearer|basic)\s+(?P<value>[\w.~+/=-]{6,})",
        r"(?<!\S)(?:-u|--user)\s+(?P<value>[^\s:\"']+:[^\s\"']+)",
    )
]
_SCHEME = re.compile(r"^(?:[\w-]+=)?[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_LOGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<login>[^\s/@\"']*(?::[^\s@\"']*)?)@", re.I
)
#: Whose users are no secrets; a token in place of a user is one.
_DATABASES = ("postgresql", "postgres", "redis", "rediss", "unix")
#: Options whose next word holds a variable or a header.
_ASSIGNING = ("--env", "--onceproof-env", "--header", "--onceproof-header")
#: A header's value that says where the secret is, and holds none.
SOURCE = re.compile(r"(?P<scheme>[A-Za-z]+ )?(?P<kind>env|file|command):(?P<where>.+)")


@dataclass
class Scan:
    """A text as it may be shown, and the secrets that stood in it."""

    shown: str
    secrets: list[str] = field(default_factory=list)


def is_secret_name(name: str) -> bool:
    """Return whether a variable or header of this name holds a secret."""
    return bool(re.search(_NAME, name, re.IGNORECASE))


def scan(text: str) -> Scan:
    """Scan any text, such as a command."""
    found = Scan(text)
    if _SCHEME.match(text):
        # One URI, maybe malformed: a password with an unencoded '@' or blank ends at the last '@'.
        found.shown = _hide_login(found, text)
    found.shown = _LOGIN.sub(lambda match: _hide_login(found, match[0]), found.shown)
    for pattern in _PATTERNS:
        found.shown = pattern.sub(lambda match: _hide_value(found, match), found.shown)
    return found


def show(text: str) -> str:
    """Return a text with `***` in place of the secrets that stand in it."""
    return scan(text).shown


def scan_words(words: Sequence[str]) -> list[Scan]:
    """Scan the words of a command line; some are secrets because of the word before."""
    return [_scan_word(before, word) for before, word in zip(["", *words], words, strict=False)]


def show_words(words: Sequence[str]) -> list[str]:
    """Return the words of a command line as they may be shown."""
    return [each.shown for each in scan_words(words)]


def repeat_command(words: Sequence[str]) -> str:
    """Return the command line that repeats `words`; variables are passed on by their names."""
    shown = [
        each.partition("=")[0] if before == "--env" else each
        for before, each in zip(["", *words], show_words(words), strict=False)
    ]
    return shlex.join(["onceproof", *(_shorten_env(word) for word in shown)])


def _shorten_env(word: str) -> str:
    return word.removesuffix(f"={HIDDEN}") if word.startswith("--env=") else word


def register_words(secrets: Secrets, words: Sequence[str]) -> None:
    """Add the secrets of a command line."""
    for each in scan_words(words):
        secrets.add(*each.secrets)


def _scan_word(before: str, word: str) -> Scan:
    option, equals, value = word.partition("=")
    if option in _ASSIGNING and equals:
        inner = _scan_assignment(option, value)
        return Scan(f"{option}={inner.shown}", inner.secrets)
    if before in _ASSIGNING:
        return _scan_assignment(before, word)
    if re.fullmatch(r"--(?!client-key)[\w-]*(?:key|token|password|secret)", before, re.IGNORECASE):
        return Scan(HIDDEN, [word])
    return scan(word)


def _scan_assignment(option: str, word: str) -> Scan:
    """NAME=VALUE of a variable or a header: whatever the value, it is not shown."""
    name, equals, value = word.partition("=")
    if not equals:
        return Scan(word)
    if option.endswith("header") and SOURCE.fullmatch(value):
        inner = scan(value)
        return Scan(f"{name}={inner.shown}", inner.secrets)
    within = scan(value).secrets
    # An ordinary setting is hidden where it stands; it is not looked for in everything written.
    whole = [] if is_setting(value) and not option.endswith("header") else [value]
    return Scan(f"{name}={HIDDEN}", [*whole, *_without_scheme(value), *within])


def _without_scheme(value: str) -> list[str]:
    """A token without the `Bearer` before it, as a server may repeat it."""
    scheme, blank, token = value.partition(" ")
    return [token] if blank and scheme.isalpha() else []


def _hide_login(found: Scan, text: str) -> str:
    head, separator, rest = text.partition("://")
    login, at, place = rest.rpartition("@")
    if not at:
        return text
    user, colon, password = login.partition(":")
    if colon:
        found.secrets += [password] if password and HIDDEN not in password else []
        return f"{head}{separator}{user}:{HIDDEN}@{place}"
    if head.rpartition("=")[2].lower() not in _DATABASES and user and user != HIDDEN:
        found.secrets.append(user)
        return f"{head}{separator}{HIDDEN}@{place}"
    return text


def _hide_value(found: Scan, match: re.Match[str]) -> str:
    value = match["value"].strip("\"'").strip()
    if HIDDEN not in value:
        found.secrets += [value, *_without_scheme(value)]
    start, end = match.start("value") - match.start(), match.end("value") - match.start()
    return f"{match[0][:start]}{HIDDEN}{match[0][end:]}"
