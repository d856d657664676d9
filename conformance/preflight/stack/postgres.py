"""What a Postgres says of itself, and what of it makes a server lose or refuse work."""

from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg

from onceproof.conformance.preflight.stack.flaw import Flaw
from onceproof.conformance.preflight.stack.pooler import changes_sessions
from onceproof.conformance.stacks.probe import ask_postgres, connect_postgres

LABEL = "--database-uri"
LEAST = 14
#: Fewer free connections than this are not enough for a replica.
SPARE = 10
_TOOLS = ("psql", "pgadmin", "dbeaver", "pg_dump", "datagrip", "walsender")
_ASK = """
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::int / 10000 AS major,
       current_database() AS database,
       current_setting('max_connections')::int
         - current_setting('superuser_reserved_connections')::int AS most,
       (SELECT count(*)::int FROM pg_stat_activity WHERE datname IS NOT NULL) AS used,
       (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS of_role,
       (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS of_database,
       pg_is_in_recovery() AS standby,
       current_setting('default_transaction_read_only') = 'on' AS read_only,
       ARRAY(SELECT DISTINCT application_name FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND backend_type = 'client backend' AND application_name <> '') AS clients
"""


@dataclass(frozen=True)
class Postgres:
    """What was read. `clients` are the names of those who use the same database, without tools."""

    version: str
    major: int
    database: str
    most: int
    used: int
    standby: bool = False
    read_only: bool = False
    clients: tuple[str, ...] = ()
    changes_sessions: bool = False
    keeps_waiting: bool = False

    def describe(self) -> str:
        """Return its version and its connections in a few words."""
        return f"Postgres {self.version}, {self.used} of {self.most} connections in use"

    def flaws(self) -> Iterator[Flaw]:
        """Yield what is wrong with it, the worst first."""
        if self.changes_sessions:
            yield Flaw(
                "a pooler in transaction mode stands before it: locks, LISTEN and settings of a "
                "session are lost between transactions",
                "give the server a direct address, or a pooler in session mode",
            )
        if self.keeps_waiting:
            yield Flaw(
                "a second connection gets nothing while the first is in a transaction",
                "raise the size of the pooler's pool",
            )
        if self.standby or self.read_only:
            why = "is a standby" if self.standby else "only allows reads"
            advice = "name the primary" if self.standby else "see whether its disk is full"
            yield Flaw(f"it {why}: nothing can be written", advice)
        if self.major < LEAST:
            yield Flaw(f"it is older than Postgres {LEAST}", "upgrade it")
        if self.most - self.used < SPARE:
            yield Flaw(
                f"only {max(0, self.most - self.used)} of {self.most} connections are free",
                "raise max_connections or the limit of its role, or lower the pools of its clients",
            )
        if len(self.clients) > 1:
            yield Flaw(
                f"database {self.database!r} has clients of {len(self.clients)} names: "
                f"{', '.join(self.clients[:4])}",
                "give each deployment a database of its own, if these are of several",
            )


def read_postgres(uri: str) -> Postgres:
    """Read it; StackError if it is not there, UsageError for a URI that cannot be read."""

    async def read(connection: asyncpg.Connection) -> Postgres:
        async with connection.transaction(readonly=True):
            row = await connection.fetchrow(_ASK)
        other = await connect_postgres(uri)
        waits = changes = False
        try:
            changes = await changes_sessions((connection, other))
        except TimeoutError:
            waits = True
        finally:
            other.terminate()
        return _read_row(row, changes=changes, waits=waits)

    return ask_postgres(uri, LABEL, read)


def _read_row(row: asyncpg.Record, *, changes: bool, waits: bool) -> Postgres:
    limits = [each for each in (row["most"], row["of_role"], row["of_database"]) if each >= 0]
    clients = [each for each in row["clients"] if not each.lower().startswith(_TOOLS)]
    return Postgres(
        version=row["version"].split()[0],
        major=row["major"],
        database=row["database"],
        most=min(limits),
        used=row["used"],
        standby=row["standby"],
        read_only=row["read_only"],
        clients=tuple(sorted(clients)),
        changes_sessions=changes,
        keeps_waiting=waits,
    )
