"""URIs as operators write them."""

import pytest

from onceproof.reference_impl import uris


@pytest.mark.parametrize(
    "uri, read",
    [
        ("postgres://u:p@h:5432/d", "postgres://u:p@h:5432/d"),
        ("postgresql:///d?host=/run/pg&user=u", "postgresql:///d?host=/run/pg&user=u"),
        ("postgresql://h/d?sslmode=require", "postgresql://h/d?sslmode=require"),
        ("postgresql://h/d?connect_timeout=5", "postgresql://h/d"),
        ("postgresql://h/d?host=a&hostaddr=10.0.0.1", "postgresql://h/d?host=10.0.0.1"),
        ("postgresql://a:1,b:2/d", "postgresql://a:1,b:2/d"),
    ],
)
def test_postgres_uris_are_read_as_libpq_does(uri: str, read: str) -> None:
    assert uris.postgres(uri) == read


@pytest.mark.parametrize(
    "uri",
    [
        "redis://h",
        "redis://:p%2Fw@h:6379/3",
        "rediss://user:p@h:6380/0?ssl_cert_reqs=none&ssl_ca_certs=/ca.pem",
        "redis://h?db=4",
        "unix:///run/redis.sock?db=2",
    ],
)
def test_redis_uris_pass_as_they_are(uri: str) -> None:
    assert uris.redis(uri) == uri


@pytest.mark.parametrize(
    "uri, sentence",
    [
        ("h:5432/d", "must begin with"),
        ("mysql://u:secret@h/d", "must begin with"),
        ("postgres://u:secret@h:port/d", "not well formed"),
        ("postgres://u:secret@h/d?sslmode=maybe", "sslmode must be one of"),
    ],
)
def test_a_bad_postgres_uri_is_explained_without_its_password(uri: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        uris.postgres(uri)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("uri", ["http://h", "redis://h/one", "redis://h?db=x", "unix://?db=1"])
def test_a_bad_redis_uri_is_refused_where_the_driver_would_take_number_0(uri: str) -> None:
    with pytest.raises(ValueError, match=r"must be a number|must begin|names no socket"):
        uris.redis(uri)
