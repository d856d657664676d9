"""What a handler raises, as the answer to its client."""

import contextlib
import logging
from collections.abc import Iterator

from langgraph_sdk.auth.exceptions import HTTPException as HandlerException
from starlette.exceptions import HTTPException

from onceproof.reference_impl.http import ApiError

log = logging.getLogger(__name__)


@contextlib.contextmanager
def answer_errors(handler: object, assertion: int) -> Iterator[None]:
    """Turn what a handler raises into ApiError, `assertion` being the status of a failed one."""
    try:
        yield
    except HTTPException:
        raise
    except HandlerException as refusal:
        headers = None if refusal.headers is None else dict(refusal.headers)
        raise ApiError(refusal.status_code, refusal.detail, headers) from None
    except AssertionError as failed:
        raise ApiError(assertion, str(failed) or None) from None
    except Exception as error:  # a deployment's own code may raise anything; it goes to the log
        log.error("%s of the deployment's auth failed", handler, exc_info=error)
        raise ApiError(500, "Internal server error") from None
