import pytest

from onceproof.conformance.stacks.uris import (
    address,
    postgres_flaw,
    redact,
    redis_flaw,
    through,
    with_database,
    with_redis_number,
)


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("postgresql://user:secret@host:5432/db", "postgresql://user:***@host:5432/db"),
        ("redis://:secret@host/0", "redis://:***@host/0"),
        ("redis://host/0", "redis://host/0"),
        ("postgresql://user@host/db", "postgresql://user@host/db"),
        ("postgresql://user:se/cr@et@host/db", "postgresql://user:***@host/db"),
        ("redis://:sec?ret@host", "redis://:***@host"),
        (
            "postgresql:///db?host=/run&password=secret&sslmode=require",
            "postgresql:///db?host=/run&password=***&sslmode=require",
        ),
        ("postgresql:///db?passfile=/etc/pgpass", "postgresql:///db?passfile=/etc/pgpass"),
        ("host=h password=secret dbname=d", "host=h password=*** dbname=d"),
        ("user:secret@host:5432/db", "user:***@host:5432/db"),
        ("host:5432/db", "host:5432/db"),
        ("", ""),
    ],
)
def test_no_password_survives_redaction(uri: str, shown: str) -> None:
    assert redact(uri) == shown
    assert "secret" not in redact(uri)


@pytest.mark.parametrize(
    ("uri", "renamed"),
    [
        ("postgres://u:p@h:5432/old", "postgres://u:p@h:5432/new"),
        ("postgresql://h", "postgresql://h/new"),
        ("postgresql:///old?host=/run/pg&port=1", "postgresql:///new?host=/run/pg&port=1"),
        ("postgresql://h/old?dbname=x&sslmode=require", "postgresql://h/new?sslmode=require"),
        ("postgresql://a:1,b:2/old?user=%41", "postgresql://a:1,b:2/new?user=%41"),
    ],
)
def test_another_database_keeps_the_rest_of_the_uri(uri: str, renamed: str) -> None:
    assert with_database(uri, "new") == renamed


@pytest.mark.parametrize(
    ("uri", "renumbered"),
    [
        ("redis://h:6379/0", "redis://h:6379/7"),
        ("redis://h", "redis://h/7"),
        ("rediss://:p@h/1?ssl_cert_reqs=none", "rediss://:p@h/7?ssl_cert_reqs=none"),
        ("redis://h/1?db=2", "redis://h/7"),
        ("unix:///run/redis.sock?db=2", "unix:///run/redis.sock?db=7"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock?db=7"),
    ],
)
def test_another_redis_number_keeps_the_rest_of_the_uri(uri: str, renumbered: str) -> None:
    assert with_redis_number(uri, 7) == renumbered


@pytest.mark.parametrize(
    ("uri", "flaw"),
    [
        ("redis://h:6379/zero", "its path is not a database number"),
        ("redis://h:port", "its host or port is not well formed"),
        ("localhost:6379", "it has no scheme"),
        ("http://h", "its scheme is 'http'"),
        ("redis://h/3", None),
        ("redis://h/", None),
        ("unix:///run/redis.sock", None),
    ],
)
def test_what_makes_a_redis_uri_unreadable(uri: str, flaw: str | None) -> None:
    assert redis_flaw(uri) == flaw


def test_what_makes_a_postgres_uri_unreadable() -> None:
    assert postgres_flaw("mysql://h/d") == "its scheme is 'mysql'"
    assert postgres_flaw("postgresql://h:port/d") == "its host or port is not well formed"
    assert postgres_flaw("postgresql://h/d?x") == "its host, port or options are not well formed"


@pytest.mark.parametrize(
    ("uri", "port", "expected"),
    [
        ("postgresql://me:p%40ss@db.local:6543/data?sslmode=disable", 5432, ("db.local", 6543)),
        ("postgresql://db.local/data", 5432, ("db.local", 5432)),
        ("postgresql:///data", 5432, ("127.0.0.1", 5432)),
        ("postgresql:///data?host=/run/postgresql", 5432, "/run/postgresql/.s.PGSQL.5432"),
        ("postgresql:///data?host=%2Frun&port=6", 5432, "/run/.s.PGSQL.6"),
        ("redis://:secret@cache:6380/3", 6379, ("cache", 6380)),
        ("redis://[::1]/3", 6379, ("::1", 6379)),
        ("unix:///run/redis.sock?db=3", 6379, "/run/redis.sock"),
    ],
)
def test_where_a_uri_leads(uri: str, port: int, expected: tuple[str, int] | str) -> None:
    assert address(uri, port) == expected


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (
            "postgresql://me:p%40ss@db.local:6543/data?sslmode=disable",
            "postgresql://me:p%40ss@127.0.0.1:99/data?sslmode=disable",
        ),
        ("postgresql:///data?host=/run&port=6&x=1", "postgresql://127.0.0.1:99/data?x=1"),
        ("redis://:secret@cache/3", "redis://:secret@127.0.0.1:99/3"),
        ("rediss://cache:1/3?db=2", "rediss://127.0.0.1:99/3?db=2"),
        ("unix:///run/redis.sock?db=3", "redis://127.0.0.1:99/3"),
        ("unix:///run/redis.sock", "redis://127.0.0.1:99/0"),
    ],
)
def test_the_same_uri_by_another_way(uri: str, expected: str) -> None:
    assert through(uri, 99) == expected
