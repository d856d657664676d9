"""Which browsers may call: CORS around everything, so that errors carry its headers, too."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from onceproof.reference_impl.deployment.http_section import Cors

#: What clients of the API read.
_EXPOSED = ("x-pagination-total", "x-pagination-next", "content-location", "location")

ANY_ORIGIN = Cors(allow_origins=["*"])


def allow_origins(app: ASGIApp, cors: Cors) -> ASGIApp:
    """Wrap the application. A page that is allowed may also call into a private network."""
    exposed = dict.fromkeys([*_EXPOSED, *cors.expose_headers])
    options = cors.model_dump() | {"expose_headers": list(exposed)}
    return CORSMiddleware(app, **options, allow_private_network=True)
