"""Pages are walked by the header that names the next one, or else until one is not full."""

import httpx
import pytest

from onceproof.conformance.suite.kit.lists.pages import find_next_page


@pytest.mark.parametrize(
    ("rows", "said", "following"),
    [(2, "2", 2), (2, None, 2), (1, None, None), (0, None, None), (1, "7", 7)],
)
def test_a_full_page_is_followed_by_another_whatever_the_headers_lack(
    rows: int, said: str | None, following: int | None
) -> None:
    headers = {} if said is None else {"x-pagination-next": said}
    answer = httpx.Response(200, json=[{}] * rows, headers=headers)
    assert find_next_page(answer, 0, 2) == following
