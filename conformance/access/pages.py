"""Error answers that are pages for people, which no Agent Server writes: some gateway has.

Kept since the list was last emptied, so that whoever fails meanwhile can name their author.
"""

from typing import NamedTuple


class Page(NamedTuple):
    """What was asked for, such as `POST /threads`, and the answer."""

    call: str
    status: int
    content_type: str
    body: bytes


#: Of this process.
PAGES: list[Page] = []


def note_page(page: Page) -> None:
    """Keep an error answer, if it is HTML."""
    if page.content_type.lower().startswith("text/html"):
        PAGES.append(page)
