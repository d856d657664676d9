"""What changed between two locks is said in lines for the changelog."""

import re

import pytest
from click.testing import CliRunner

from onceproof.conformance.cli import cli
from onceproof.conformance.errors import UsageError
from onceproof.conformance.register import digest, load_register
from onceproof.conformance.register.changes import describe_changes
from onceproof.conformance.register.lock import lock_text


def change(old: str, new: str) -> list[str]:
    """What changed since a lock in which `new` was `old`."""
    text = re.sub(new, old, lock_text(), flags=re.M)
    assert text != lock_text()
    return list(describe_changes(text))


def test_nothing_changed_since_the_same_lock() -> None:
    assert list(describe_changes(lock_text())) == []


def test_each_kind_of_change_is_a_line() -> None:
    assert change("", r"^AST-01 .*\n") == ["* added: AST-01"]
    assert change("AST-00 ", r"^AST-01 ") == ["* added: AST-01", "* removed: AST-00"]
    assert change("AST-01 MAY ", r"^AST-01 MUST ") == ["* AST-01: level MAY, now MUST"]
    assert change(r"\1 abc", r"^(AST-01 \w+ \w+ \w+) .*$") == ["* other wording: AST-01"]


def test_another_file_is_no_lock() -> None:
    with pytest.raises(UsageError, match=r"that is no conformance\.lock"):
        list(describe_changes("a b c\n"))


def test_the_version_names_the_register() -> None:
    said = CliRunner().invoke(cli, ["--version"]).output
    number = len(load_register())
    assert re.fullmatch(rf"onceproof \S+, {number} requirements, register {digest()}\n", said)
