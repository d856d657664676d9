"""The removal at the end of a run, or by a command: it ends early where somebody is in a hurry."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from onceproof.conformance.errors import Interrupted
from onceproof.conformance.guest import Guest
from onceproof.conformance.guest.journal import Made, read_journals
from onceproof.conformance.removal.remove import Account, remove_ours
from onceproof.conformance.stopping import stop_request, until_stopped
from onceproof.conformance.targets.addresses import parse_urls
from onceproof.conformance.wire.client import Api

#: How long the removal may take if nobody asked to stop, and after one request.
WHOLE_S, HURRIED_S = 120.0, 15.0


async def remove_or_stop(
    urls: Sequence[str], run_ids: Sequence[str] | None, made: Iterable[Made], limit_s: float
) -> Account:
    """Remove what is ours; Interrupted if it is asked to stop meanwhile."""
    async with Api([each.url for each in parse_urls(urls)]) as api:
        try:
            return await until_stopped(remove_ours(api, run_ids, made, limit_s))
        except Interrupted:
            raise Interrupted(
                "interrupted; what is still there is removed by another clean"
            ) from None


def leave_nothing(
    urls: Sequence[str], guest: Guest, folder: Path, say: Callable[[str], None]
) -> None:
    """Remove what is left of the run in `folder`, and say what could not be removed.

    After a first request to stop there is little time, after a second none.
    """
    if guest.mark is None:
        return
    limit_s = (WHOLE_S, HURRIED_S, 0.0)[min(stop_request.times, 2)]
    made = list(read_journals(folder))
    try:
        with start_blocking_portal() as portal:
            account = portal.call(remove_or_stop, urls, [guest.mark.run_id], made, limit_s)
    except Interrupted as error:
        account = Account(left=[str(error)])
    for sentence in account.left:
        say(f"left on the target: {sentence}")
    if account.left:
        say(f"`onceproof clean --run-dir {folder}` with the same --url removes it")
