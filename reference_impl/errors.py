"""Why a process does not start: one sentence, and an exit status after sysexits.h."""

EX_TEMPFAIL, EX_NOPERM, EX_CONFIG = 75, 77, 78


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
    """Another live deployment holds the Redis number, or other replicas use another one."""

    exit_status = EX_TEMPFAIL
