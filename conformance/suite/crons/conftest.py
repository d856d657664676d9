"""What the tests of crons share.

crons    creates crons, and deletes them when the test is over
ticking  crons of every kind at work, played once for all tests that inspect them
"""

from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.history import Recorder
from onceproof.conformance.suite.crons.ticking import Ticking, play
from onceproof.conformance.suite.kit.aside import aside, aside_history, aside_sink
from onceproof.conformance.suite.kit.crons import Crons, has_crons
from onceproof.conformance.suite.kit.scene import Scene
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

__all__ = ["aside", "aside_history", "aside_sink", "has_crons"]


@pytest.fixture
async def crons(api: Api, has_crons: bool) -> AsyncIterator[Crons]:
    if not has_crons:
        not_applicable("the target has no crons, and does not claim to")
    async with Crons(api) as made:
        yield made


@pytest.fixture(scope="session")
def _scene(api: Api, aside_history: Recorder, aside_sink: Sink) -> Scene[Ticking]:
    return Scene("CRN-04", lambda: play(Runs(api, aside_history), aside_sink))


@pytest.fixture
async def ticking(_scene: Scene[Ticking], crons: Crons) -> Scene[Ticking]:
    return _scene
