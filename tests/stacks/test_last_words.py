"""The last line of a process's last words is quoted, since it is the one that says why."""

import pytest

from onceproof.conformance.stacks.last_words import LONGEST, quote_end

TRACEBACK = """Traceback (most recent call last):
  File "/srv/app/main.py", line 12, in lifespan
    await check_schema(connection_pool_of_the_application, expected_version=CURRENT, wait=60)
  File "/srv/app/schema.py", line 40, in check_schema
    raise RuntimeError("the database schema is at version 7 and this server needs 9, so ...")
RuntimeError: the schema is behind; run 'server migrate upgrade'
"""


def test_of_a_traceback_the_line_with_the_cause_is_quoted() -> None:
    assert (
        quote_end(TRACEBACK) == "RuntimeError: the schema is behind; run 'server migrate upgrade'"
    )


def test_short_lines_before_it_come_along() -> None:
    assert quote_end("a\nb\n\nno database\nstopping\n") == "b | no database | stopping"


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_nothing_is_quoted_of_nothing(text: str) -> None:
    assert quote_end(text) == ""


def test_a_long_line_keeps_its_end() -> None:
    quoted = quote_end("x" * 1000 + "the cause")
    assert quoted.endswith("the cause")
    assert len(quoted) == LONGEST + 3
