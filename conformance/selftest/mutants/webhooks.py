"""Webhooks: how often, with what, and to whom."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import sql
from onceproof.reference_impl.webhooks import calling, sender
from onceproof.reference_impl.webhooks.policy import Policy, UrlPolicy
from onceproof.reference_impl.webhooks.sender import Sender


@mutant("WHK-05")
def give_up_after_the_first_failure() -> None:
    """A receiver that answers 503 is not called again."""
    sender.MAX_TRIES = 1


@mutant("WHK-05")
def try_once_too_often() -> None:
    """A receiver that never succeeds is called four times."""
    sender.MAX_TRIES = 4


@mutant("WHK-05")
def repeat_refusals() -> None:
    """A receiver that answers 404 is called again."""
    call = Sender._call

    async def see_404(self, owed):
        post = self._caller.post

        async def as_500(url, body, headers):
            status = await post(url, body, headers)
            return 500 if 400 <= status < 500 else status

        self._caller.post = as_500
        try:
            return await call(self, owed)
        finally:
            self._caller.post = post

    Sender._call = see_404


@mutant("WHK-01")
def call_twice() -> None:
    """A webhook is called a second time once its receiver has answered."""
    see_through = Sender._see_through

    async def twice(self, owed):
        await self._call(owed)
        await see_through(self, owed)

    Sender._see_through = twice


@mutant("WHK-05")
def forget_calls_under_way() -> None:
    """A call is settled before it is made, so that a failure is never repeated."""
    rewrite(
        sql.webhooks,
        "RETRY",
        "update webhook_delivery set due = now() + make_interval(secs => $2),"
        " failures = failures + 1",
        "delete from webhook_delivery",
    )
    sql.webhooks.RETRY += " and $2::float8 >= 0"


@mutant("WHK-09")
def allow_the_servers_own_machine() -> None:
    """Webhooks may lead to the loopback addresses of the server."""
    UrlPolicy.model_fields["disable_loopback"].default = False
    UrlPolicy.model_rebuild(force=True)
    Policy.model_fields["url"].default = UrlPolicy()
    Policy.model_rebuild(force=True)


@mutant("WHK-12")
def follow_redirects_anywhere() -> None:
    """A redirect of a webhook is followed to hosts that a webhook may not name."""
    check, found = Policy.check, Policy.find_addresses

    def first_only(self, text):
        try:
            return check(self, text)
        except calling.Refused:
            return calling.httpx.URL(text)

    async def any_address(self, url):
        try:
            return await found(self, url)
        except calling.Refused:
            from onceproof.reference_impl.webhooks.policy import port_of, resolve

            return await resolve(url.raw_host.decode("ascii"), port_of(url))

    post = calling.Caller.post

    async def post_anywhere(self, text, body, headers):
        Policy.check, Policy.find_addresses = first_only, any_address
        try:
            return await post(self, text, body, headers)
        finally:
            Policy.check, Policy.find_addresses = check, found

    calling.Caller.post = post_anywhere


@mutant("WHK-02")
def leave_out_the_values() -> None:
    """A webhook's body lacks the final values."""
    filter_payload = Policy.filter_payload

    def without_values(self, payload):
        return {k: v for k, v in filter_payload(self, payload).items() if k != "values"}

    Policy.filter_payload = without_values


@mutant("WHK-09")
def allow_plain_http_under_a_policy() -> None:
    """A configured webhook policy does not ask for https."""
    UrlPolicy.model_fields["require_https"].default = False
    UrlPolicy.model_rebuild(force=True)
    Policy.model_rebuild(force=True)
