"""What a Postgres says of itself, and what of it makes a server lose or refuse work."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import asyncpg

from onceproof.conformance.preflight.stack.flaw import Flaw
from onceproof.conformance.preflight.stack.pooler import changes_sessions
from onceproof.conformance.stacks.probe import ask_postgres, connect_postgres
from onceproof.reports.text import join_names

LABEL = "--database-uri"
LEAST = 14
#: Fewer free connections than this are not enough for a replica.
SPARE = 10
#: So much of its log that waits for somebody who does not come ends with a full disk.
KEPT_BYTES = 2**30
LOCAL = "127.0.0.1"
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
       CASE WHEN pg_is_in_recovery() THEN 0
            ELSE (SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0)
                  FROM pg_replication_slots WHERE NOT active) END::bigint AS kept_bytes,
       (SELECT coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)
        FROM pg_stat_archiver) AS fails_to_archive
"""
#: A client on a socket of the same machine has no address.
_CLIENTS = """
SELECT DISTINCT application_name AS name, coalesce(host(client_addr), '127.0.0.1') AS address
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> ALL($1)
"""


@dataclass(frozen=True)
class Postgres:
    """What was read. `clients` are the names of those who use the same database, `addresses` where
    they come from, without tools; `kept_bytes` of its log wait for a replica that is away."""

    version: str
    major: int
    database: str
    most: int
    used: int
    standby: bool = False
    read_only: bool = False
    clients: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    kept_bytes: int = 0
    fails_to_archive: bool = False
    changes_sessions: bool = False
    keeps_waiting: bool = False

    def describe(self) -> str:
        """Return its version and its connections in a few words."""
        return f"Postgres {self.version}, {self.used} of {self.most} connections in use"

    def flaws(self) -> Iterator[Flaw]:
        """Yield what is wrong with it, the worst first."""
        yield from self._list_pooler()
        if self.standby:
            yield Flaw("it is a standby, where nothing can be written", "name the primary")
        elif self.read_only:
            yield Flaw("nothing can be written to it", "see whether its disk is full")
        if self.major < LEAST:
            yield Flaw(f"it is older than Postgres {LEAST}", "upgrade it")
        if self.most - self.used < SPARE:
            yield Flaw(
                f"only {max(0, self.most - self.used)} of {self.most} connections are free",
                "raise max_connections or the limit of its role or database, or lower the pools of "
                "its clients",
            )
        yield from self._list_disk()
        if len(self.clients) > 1:
            yield Flaw(
                f"database {self.database!r} has clients that call themselves "
                f"{join_names(self.clients, 4)}: are they of several deployments?",
                "if so, give each one a database of its own",
            )

    def _list_pooler(self) -> Iterator[Flaw]:
        if self.changes_sessions:
            yield Flaw(
                "a pooler in transaction mode stands before it, which loses locks, LISTEN and "
                "settings of a session between transactions",
                "give the server a direct address, or a pooler in session mode",
            )
        if self.keeps_waiting:
            yield Flaw(
                "a second connection has to wait while the first is in a transaction",
                "raise the size of the pooler's pool",
            )

    def _list_disk(self) -> Iterator[Flaw]:
        if self.kept_bytes > KEPT_BYTES:
            yield Flaw(
                f"a replication slot that nobody reads keeps {self.kept_bytes / 2**30:.0f} GiB of "
                "its log, which fills its disk",
                "start the replica again, or drop the slot",
            )
        if self.fails_to_archive:
            yield Flaw(
                "its log cannot be archived, which fills its disk",
                "mend archive_command, or turn archive_mode off",
            )


def read_postgres(uri: str) -> Postgres:
    """Read it; StackError if it is not there, UsageError for a URI that cannot be read."""

    async def read(connection: asyncpg.Connection) -> Postgres:
        async with connection.transaction(readonly=True):
            row = await connection.fetchrow(_ASK)
        other = await connect_postgres(uri)
        changes: bool | None = None
        try:
            ours = [await each.fetchval("SELECT pg_backend_pid()") for each in (connection, other)]
            clients = await connection.fetch(_CLIENTS, ours)
            changes = await changes_sessions((connection, other))
        except TimeoutError:
            pass  # one has to wait for the other
        finally:
            other.terminate()
        return _read_rows(row, clients, changes=changes)

    return ask_postgres(uri, LABEL, read)


def _read_rows(
    row: asyncpg.Record, clients: Sequence[asyncpg.Record], *, changes: bool | None
) -> Postgres:
    """`changes` says whether sessions change, None if one connection waits for the other."""
    limits = [each for each in (row["most"], row["of_role"], row["of_database"]) if each >= 0]
    others = [each for each in clients if not each["name"].lower().startswith(_TOOLS)]
    return Postgres(
        version=row["version"].split()[0],
        major=row["major"],
        database=row["database"],
        most=min(limits),
        used=row["used"],
        standby=row["standby"],
        read_only=row["read_only"],
        clients=tuple(sorted({each["name"] for each in others if each["name"]})),
        addresses=tuple(sorted({_plain(each["address"]) for each in others})),
        kept_bytes=row["kept_bytes"],
        fails_to_archive=row["fails_to_archive"],
        changes_sessions=bool(changes),
        keeps_waiting=changes is None,
    )


def _plain(address: str) -> str:
    """Both names of the machine itself as one."""
    return LOCAL if address == "::1" else address
