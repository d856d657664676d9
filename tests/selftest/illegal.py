"""Differences that are not right, in the form of variations: the suite has to report them."""

from onceproof.conformance.selftest.benign.answering import change_fields, without
from onceproof.conformance.selftest.benign.variation import variation


@variation("SYS-26")
def send_no_next_page() -> None:
    """A page does not say that there is another.

    Nothing allows it: SYS-26 says that `X-Pagination-Next` is sent exactly then.
    """
    change_fields(lambda fields: without(fields, b"x-pagination-next"))
