"""What a command says beside a token: how long it lives, in the forms that such commands have."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from onceproof.conformance.access.tokens import read_token

SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("said", "lives_s"),
    [
        ({"access_token": "abc", "expires_in": 300, "token_type": "Bearer"}, 300),
        ({"access_token": "abc", "expires_in": "300"}, 300),
        ({"token": "abc", "expires_at": SOON.timestamp()}, 3600),
        ({"token": "abc", "expiry": SOON.isoformat()}, 3600),
        ({"accessToken": "abc", "expiresOn": SOON.strftime("%Y-%m-%d %H:%M:%S")}, 3600),
        ({"status": {"token": "abc", "expirationTimestamp": SOON.isoformat()}}, 3600),
        ({"token": "abc", "expires_at": "2001-01-01T00:00:00Z"}, 0),
        ({"token": "abc", "expires_at": "soon"}, None),
        ({"token": "abc"}, None),
    ],
)
def test_a_token_comes_with_its_life(said: dict[str, object], lives_s: float | None) -> None:
    reading = read_token(json.dumps(said))
    assert reading.text == "abc"
    assert reading.lives_s == (None if lives_s is None else pytest.approx(lives_s, abs=900))


@pytest.mark.parametrize("printed", ["abc", "1234567", '{"message": "no"}', '["a"]', "{broken"])
def test_what_is_no_such_json_is_the_token_itself(printed: str) -> None:
    assert read_token(printed).text == printed
