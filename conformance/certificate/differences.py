"""Where two statements differ, the deepest place by name: entries of a list go by their id."""

from collections.abc import Iterator
from typing import Any, TypeAlias

Json: TypeAlias = Any
_NAMES = ("id", "check", "profile", "path", "name", "sentence")
_MISSING = object()


def find_differences(signed: Json, derived: Json, where: str = "") -> Iterator[str]:
    """Yield one line for each place in which what is signed is not what follows from evidence."""
    if isinstance(signed, dict) and isinstance(derived, dict):
        yield from _compare_members(signed, derived, where)
    elif isinstance(signed, list) and isinstance(derived, list):
        yield from _compare_members(_by_name(signed), _by_name(derived), where)
    elif signed is _MISSING:
        yield f"{where} is missing in the certificate: by the evidence it is {_show(derived)}"
    elif derived is _MISSING:
        yield f"{where} is {_show(signed)} in the certificate: the evidence knows nothing of it"
    elif signed != derived:
        yield f"{where} is {_show(signed)} in the certificate, {_show(derived)} by the evidence"


def _compare_members(signed: Json, derived: Json, where: str) -> Iterator[str]:
    for name in [*signed, *(name for name in derived if name not in signed)]:
        pair = signed.get(name, _MISSING), derived.get(name, _MISSING)
        place = f"{where}{name}" if isinstance(name, _Entry) else f"{where}.{name}".lstrip(".")
        yield from find_differences(*pair, place)


class _Entry(str):
    """An entry of a list, as it is written behind the list's name."""


def _by_name(entries: list[Json]) -> dict[str, Json]:
    return {_Entry(f"[{_name(entry, n)}]"): entry for n, entry in enumerate(entries)}


def _name(entry: Json, n: int) -> str:
    if isinstance(entry, dict):
        return str(next((entry[name] for name in _NAMES if name in entry), n))
    return str(n)


def _show(value: Json) -> str:
    if isinstance(value, dict):
        value = value.get("verdict", value)
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}…"
