"""Why a process does not start, and why it does not do what it was asked for: one sentence each.

The exit statuses are those of sysexits.h. How a refusal is answered over HTTP is the API's affair.
"""

EX_SOFTWARE, EX_TEMPFAIL, EX_NOPERM, EX_CONFIG = 70, 75, 77, 78


class CannotStart(Exception):
    """The sentence names what has to be changed."""

    exit_status = EX_CONFIG


class ConfigError(CannotStart):
    """`langgraph.json` or something that it names cannot be used."""


class DependencyError(CannotStart):
    """Postgres or Redis cannot be used as configured; the sentence names the variable."""


class LicenceRefused(CannotStart):
    """The beacon does not vouch for the key; the sentence names the variable."""

    exit_status = EX_NOPERM


class Occupied(CannotStart):
    """What this process needs is in use: its port, or the deployment's Redis number or database."""

    exit_status = EX_TEMPFAIL


class Refusal(Exception):
    """What was asked for is not done; the sentence says why."""


class Contradiction(Refusal):
    """Its parts contradict each other, or the place they were sent to."""


class Unknown(Refusal):
    """It names something that does not exist."""


class Unusable(Refusal):
    """One of its values cannot be used."""


class Unbuildable(Refusal):
    """The deployment's own code does not make the graph that it needs."""
