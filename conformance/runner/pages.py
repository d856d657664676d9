"""Names a gateway that answered with an error page of its own while a test failed.

Such an answer is the deployment's, so the verdict stands. But it is not the server's: whoever reads
of it has to look into the gateway's log.
"""

from onceproof.conformance.access.pages import PAGES
from onceproof.conformance.preflight.gateways import find_author


def describe_page() -> str | None:
    """Return who wrote the last such page of this test, in a sentence; None without one."""
    for page in reversed(PAGES):
        if author := find_author(page.content_type, page.body):
            said = f"{page.call} was answered with {page.status} by {author} in front of the server"
            return f"{said}, whose log says why"
    return None
