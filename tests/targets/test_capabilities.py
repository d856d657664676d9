"""What targets and stacks offer: each capability is explained, and offered by some kind."""

from pathlib import Path
from typing import get_args

import pytest

from onceproof.conformance.options import Options
from onceproof.conformance.stacks import STACKS, StackCapability, kinds, open_stack
from onceproof.conformance.targets import CommandTarget, ReferenceTarget, UrlTarget, capabilities
from onceproof.conformance.targets.kinds.image import ImageTarget
from onceproof.conformance.targets.shell import parse_levers

CLASSES = (UrlTarget, ImageTarget, CommandTarget, ReferenceTarget)


@pytest.mark.parametrize("capability", get_args(capabilities.Capability))
def test_each_capability_is_explained_and_only_the_reference_server_has_all(
    capability: capabilities.Capability,
) -> None:
    assert f"\n{capability} " in str(capabilities.__doc__)
    offering = {each.kind for each in CLASSES if capability in each.capabilities}
    assert "reference" in offering
    assert "url" not in offering


def test_levers_are_offered_by_a_target_that_has_them() -> None:
    levers = parse_levers(("kill=kill {replica}", "start=start {replica}"))
    assert not UrlTarget(["http://h"]).offers("levers")
    assert UrlTarget(["http://h"], levers=levers).offers("levers")


@pytest.mark.parametrize("capability", get_args(StackCapability))
def test_each_capability_of_a_stack_is_explained_and_offered(capability: StackCapability) -> None:
    assert f"\n{capability} " in str(kinds.__doc__)
    assert any(capability in kind.offers for kind in STACKS.values())


def test_a_stack_offers_what_its_kind_does(tmp_path: Path) -> None:
    stack = open_stack("none", tmp_path, {})
    assert stack.offers("side-by-side")
    assert not stack.offers("databases")


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ({}, "reference"),
        ({"command": "server {port}"}, "command"),
        ({"image": "i"}, "image"),
        ({"image": "i", "command": "serve"}, "image"),
    ],
)
def test_the_kind_follows_from_what_is_named(named: dict[str, str], kind: str) -> None:
    assert Options(environ={}, **named).target_kind == kind
