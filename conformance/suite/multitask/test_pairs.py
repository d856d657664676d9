"""Both runs of a thread end as strategy, earlier run and cancel say, whichever of them meet."""

from collections.abc import Sequence

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.scene import Scene, scene_of
from onceproof.conformance.suite.multitask.pairs import REFUSED, Ends, play_pairs

scene = scene_of("MUL-03", play_pairs)


def demand_ends(played: Sequence[Ends], strategy: str) -> None:
    """Demand of each pair with this strategy that both runs ended as they had to."""
    __tracebackhide__ = True
    own = [each for each in played if each.pair.strategy == strategy]
    got = {str(each.pair): (each.earlier, each.newcomer) for each in own}
    want = {str(each.pair): each.pair.right_ends for each in own}
    wrong = {pair: ends for pair, ends in got.items() if ends != want[pair]}
    same("pairs that ended otherwise", wrong, {})
    statuses = {str(each.pair): each.refused for each in own}
    right = {str(each.pair): None if each.pair.has_newcomer else REFUSED for each in own}
    same("refusals", statuses, right)


@requirement("MUL-04")
async def test_a_run_that_rejects_is_refused_only_beside_a_running_one(
    scene: Scene[Sequence[Ends]],
) -> None:
    demand_ends(await scene(), "reject")


@requirement("MUL-03")
async def test_a_queued_run_ends_as_if_there_had_been_no_other(
    scene: Scene[Sequence[Ends]],
) -> None:
    demand_ends(await scene(), "enqueue")


@requirement("MUL-07")
async def test_a_run_that_interrupts_ends_the_running_one_and_no_other(
    scene: Scene[Sequence[Ends]],
) -> None:
    demand_ends(await scene(), "interrupt")


@requirement("MUL-08")
async def test_a_run_that_rolls_back_removes_the_running_one_and_no_other(
    scene: Scene[Sequence[Ends]],
) -> None:
    demand_ends(await scene(), "rollback")
