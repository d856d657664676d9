"""Habits of a widespread server that the catalogue knows: it must come upon each of them.

A run list with an unknown status is empty, the join of an unknown run is a 200, the Location of
a stateless stream is a dead route, a webhook policy does not ask for https, and items with a time
to live live for ever.
"""

from starlette.responses import Response
from starlette.routing import request_response

from onceproof.reference_impl import sql
from onceproof.reference_impl.api import runs, streams
from onceproof.reference_impl.http import ApiError, Json
from onceproof.reference_impl.services import Parts
from onceproof.reference_impl.webhooks.policy import Policy, UrlPolicy

CAUGHT_BY = ("RUN-13", "RUN-19", "RSM-11", "WHK-09", "STO-12")


async def join(request):
    try:
        return await runs.join(request)
    except ApiError as error:
        return Json({"__error__": {"error": "HTTPException", "message": str(error)}})


async def dead(request):
    return Response('{"detail": "Not Found"}', 404, media_type="application/json")


def serve(routes, path, endpoint):
    [route] = [each for each in routes if each.path == path and "GET" in each.methods]
    route.app = request_response(endpoint)


serve(runs.routes, "/threads/{thread_id}/runs/{run_id}/join", join)
serve(streams.routes, "/runs/{run_id}/stream", dead)
runs.STATUSES = (*runs.STATUSES, "daydreaming")
sql.store.PUT = sql.store.PUT.replace("now() + $4", "null::timestamptz + $4")
UrlPolicy.model_fields["require_https"].default = False
UrlPolicy.model_rebuild(force=True)
Policy.model_rebuild(force=True)

PARTS = Parts()
