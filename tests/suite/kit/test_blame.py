"""What breaks for a requirement of its own fails its tests, and leaves others without a verdict."""

import re
from pathlib import Path

import pytest

from onceproof.conformance import suite
from onceproof.conformance.register import load_register
from onceproof.conformance.suite.kit.scene import Scene
from onceproof.conformance.suite.kit.verdicts import BrokenDemandError, blame, skip_what_lacks
from onceproof.conformance.witness import WitnessTimeout

FOLDER = Path(suite.__file__).parent
HOOK = ["WHK-01"]
NAMED = re.compile(r"(?:scene_of|scene_of_small|Scene|blame)\(\s*((?:\"[A-Z]{3}-\w+\"(?:, )?)+)")


def test_a_test_of_the_requirement_fails() -> None:
    with (
        pytest.raises(AssertionError, match="no call"),
        skip_what_lacks(["WHK-01"]),
        blame("WHK-01"),
    ):
        raise WitnessTimeout("no call came")


def test_a_test_of_another_one_is_not_judged_and_says_why() -> None:
    why = "NOT_JUDGED: what it needs did not come about, which WHK-01 judges: no call came"
    with (
        pytest.raises(pytest.skip.Exception, match=why),
        skip_what_lacks(["WHK-07"]),
        blame("WHK-01"),
    ):
        raise AssertionError("no call came")


def test_the_inner_block_decides() -> None:
    with pytest.raises(BrokenDemandError) as caught, blame("SHD-10"), blame("SHD-16"):
        raise AssertionError("it was not resumed")
    assert caught.value.ids == ("SHD-16",)


def test_what_several_clients_met_counts_like_what_one_met() -> None:
    with pytest.raises(BrokenDemandError, match="two clients"), blame("SHD-10"):
        raise ExceptionGroup("two clients", [AssertionError("one"), WitnessTimeout("other")])


@pytest.mark.parametrize("slip", [RuntimeError("a slip"), KeyError("a slip")])
def test_a_slip_of_the_harness_stays_one(slip: Exception) -> None:
    with pytest.raises(type(slip), match="a slip"), skip_what_lacks(["SHD-10"]), blame("SHD-10"):
        raise slip


def test_what_was_skipped_stays_skipped() -> None:
    with pytest.raises(pytest.skip.Exception, match="INCONCLUSIVE"), blame("SHD-10"):
        pytest.skip("INCONCLUSIVE: one worker")


@pytest.mark.anyio
async def test_a_scene_that_fails_is_the_matter_of_its_requirement() -> None:
    async def play() -> None:
        raise AssertionError("the run was lost")

    scene = Scene("QUE-01", play)
    with pytest.raises(AssertionError, match="the run was lost"), skip_what_lacks(["QUE-01"]):
        await scene()
    with pytest.raises(pytest.skip.Exception, match="QUE-01 judges"), skip_what_lacks(["QUE-23"]):
        await scene()


def test_whoever_is_blamed_has_a_test_that_says_so() -> None:
    """Else what breaks would fail nobody."""
    sources = {path: path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.py")}
    named = {
        (path.parent.name, id)
        for path, source in sources.items()
        for ids in NAMED.findall(source)
        for id in re.findall(r"[A-Z]{3}-\w+", ids)
        if path.name not in ("verdicts.py", "scene.py")
    }
    marked = {
        (path.parent.name, id)
        for path, source in sources.items()
        for ids in re.findall(r"@requirement\(([^)]*)\)", source)
        for id in re.findall(r"[A-Z]{3}-\w+", ids)
    }
    assert named - marked == set()
    assert {id for _, id in named} <= load_register().keys()
    assert len(named) > 15
