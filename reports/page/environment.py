"""What all pages share: how foreign text is printed, and the style and script they carry.

All text is escaped, control characters are shown by their code, and a content security policy
admits only the style and the script that are part of this package, by their hash.
"""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from onceproof.reports import evidence, text
from onceproof.reports.outcome import ORDER
from onceproof.reports.page import attempts

_FOLDER = Path(__file__).parent


def render_page(template: str, style: str, script: str, **content: Any) -> str:
    """Return a page of the template with this style and script in it, and nothing else's."""
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),
            style_hash=_hash(style),
            script=Markup(script),
            script_hash=_hash(script),
            **content,
        )
    )


@cache
def read_asset(name: str) -> str:
    """Return a style or a script of this folder."""
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_escape,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        evidence=evidence,
        bar_parts=_bar,
        draw=attempts.draw,
        facts=_facts,
        pluralise=text.pluralise,
    )
    environment.filters.update(number=_number, duration=text.duration, moment=_moment)
    return environment


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def _escape(value: Any) -> Any:
    """Applied to all that the template prints; Markup is the template's own."""
    if isinstance(value, Markup):
        return value
    return "" if value is None else text.visible(str(value))


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _moment(iso: str) -> str:
    """`2026-03-14 09:08:07 UTC`; what is not a UTC time to the second stays as it is."""
    return re.sub(r"^(\S{10})T(\S{8})(\.\d+)?(Z|\+00:00)$", "\\1 \\2\N{NO-BREAK SPACE}UTC", iso)


def _bar(counts: dict[str, int]) -> list[tuple[str, float, float]]:
    """Each verdict that occurs with its left edge and its width in percent."""
    total, left, parts = sum(counts.values()), 0.0, []
    for verdict in ORDER:
        width = 100 * counts.get(verdict, 0) / total if total else 0.0
        if width:
            parts.append((verdict.value, round(left, 3), round(width, 3)))
        left += width
    return parts


def _facts(mapping: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values as text; what is nested is shown as JSON."""
    return [(name, _value(value)) for name, value in mapping.items() if value is not None]


def _value(value: Any) -> str:
    if isinstance(value, str | int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
