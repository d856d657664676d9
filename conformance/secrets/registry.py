"""The secrets that are known in this process, and text without them."""

import base64
import re
import threading
from collections.abc import Iterable, Sequence

from onceproof.conformance.secrets.forms import ALONE_BELOW, is_searchable, list_forms

HIDDEN = "***"
_HIDDEN = HIDDEN.encode()

# A short secret counts where it stands alone: what is before it may end in an escape.
_BEFORE = rb"(?:(?<![0-9A-Za-z])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4}))"
#: So many bytes of a secret may be left where a text was cut.
CUT_BYTES = 8
_CUT = re.compile(rb"""\\*["']|\s|\.\.\.|\s?\xe2\x80\xa6|<|\Z""")
_AFTER = rb"(?![0-9A-Za-z])"


class Secrets:
    """A set of secrets that only grows; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, None] = {}
        #: Each form with a pattern where it must stand alone; the longest form first.
        self._forms: dict[bytes, re.Pattern[bytes] | None] = {}

    def add(self, *values: str) -> None:
        """Add secrets; one that could stand anywhere by chance is left out (see `forms`)."""
        fresh = [each for each in values if each not in self._values and is_searchable(each)]
        if not fresh:
            return
        with self._lock:
            forms = {**self._forms}
            for value in fresh:
                self._values[value] = None
                forms |= {form: _demand_alone(form) for form in _encode(list_forms(value))}
            self._forms = dict(sorted(forms.items(), key=lambda each: -len(each[0])))

    def add_login(self, user: str, password: str) -> None:
        """Add a password, and the pair in the form that a Basic header has."""
        self.add(password, base64.b64encode(f"{user}:{password}".encode()).decode())

    def list_values(self) -> list[str]:
        """Return all secrets, for a process of ours that is to hide them as well."""
        return list(self._values)

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._values, self._forms = {}, {}

    def hide_bytes(self, data: bytes) -> bytes:
        """Return UTF-8 text with each secret, in any of its forms, as `***`."""
        # A quick look first: of most secrets there is not even the beginning.
        begun = [each for each in self._forms.items() if each[0][:CUT_BYTES] in data]
        for form, alone in begun:
            data = alone.sub(_HIDDEN, data) if alone else data.replace(form, _HIDDEN)
        for begin in {form[:CUT_BYTES] for form, _ in begun}:
            data = _hide_cut(data, [form for form, _ in begun if form.startswith(begin)])
        return data

    def hide(self, text: str) -> str:
        """Return a text with each secret, in any of its forms, as `***`."""
        if not self._forms:
            return text
        hidden = self.hide_bytes(text.encode("utf-8", "surrogatepass"))
        return hidden.decode("utf-8", "surrogatepass")


def _hide_cut(data: bytes, forms: Sequence[bytes]) -> bytes:
    """Hide what is left of a secret where a text was cut in the middle of it.

    The forms begin alike. What counts is the one that goes on alike for longest: at the character
    that is escaped in it, another would seem to be cut, and its rest would stay.
    """
    parts, begin = [], 0
    while (at := data.find(forms[0][:CUT_BYTES], begin)) >= 0:
        end = at + max(_count_alike(data[at : at + len(form)], form) for form in forms)
        shared = data[at:end]
        is_cut = _CUT.match(data, end) and is_searchable(shared.decode("utf-8", "replace"))
        parts += [data[begin:at], _HIDDEN if is_cut else shared]
        begin = end
    return b"".join([*parts, data[begin:]])


def _count_alike(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _encode(forms: Iterable[str]) -> set[bytes]:
    return {form.encode("utf-8", "surrogatepass") for form in forms if is_searchable(form)}


def _demand_alone(form: bytes) -> re.Pattern[bytes] | None:
    if len(form) >= ALONE_BELOW:
        return None
    return re.compile(_BEFORE + re.escape(form) + _AFTER)


#: What every writer of this process hides.
SECRETS = Secrets()
