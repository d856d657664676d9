"""What counts as a secret, where it is found, and in which forms it is hidden."""

import base64
import html
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from onceproof.conformance.certificate.keys import write_key_pair
from onceproof.conformance.secrets.documents import (
    register_dotenv,
    register_private_key,
    register_values,
    register_variables,
)
from onceproof.conformance.secrets.files import hide_in_folder
from onceproof.conformance.secrets.find import (
    register_words,
    repeat_command,
    show,
    show_words,
)
from onceproof.conformance.secrets.registry import SECRETS, Secrets
from onceproof.conformance.stacks.last_words import LONGEST, quote_end
from tests.secrets.canaries import find_traces

CANARY = 'cA9<"&> \\/é%canary'


@pytest.fixture
def secrets() -> Secrets:
    made = Secrets()
    made.add(CANARY)
    return made


@pytest.mark.parametrize(
    "written",
    [
        CANARY,
        quote(CANARY),
        quote(CANARY, safe=""),
        quote(CANARY, safe="").lower().replace("ca9", "cA9"),
        json.dumps(CANARY),
        json.dumps({"a": json.dumps(CANARY)}),
        str({"a": json.dumps({"b": CANARY})}),
        quote(json.dumps({"a": CANARY}), safe=""),
        base64.b64encode(json.dumps({"a": CANARY}).encode()).decode(),
        json.dumps(CANARY, ensure_ascii=False),
        html.escape(CANARY),
        repr(CANARY),
        repr(CANARY.encode()),
        base64.b64encode(CANARY.encode()).decode(),
        base64.b64encode(f"user:{CANARY}".encode()).decode(),
        base64.b64encode(f"u:{CANARY}@host".encode()).decode(),
        base64.urlsafe_b64encode(f"us:{CANARY} and more".encode()).decode(),
        CANARY.encode().hex(),
        f"before{CANARY}after",
    ],
)
def test_a_secret_is_hidden_in_every_form(secrets: Secrets, written: str) -> None:
    hidden = secrets.hide(written)
    assert "canary" not in hidden.lower()
    assert list(find_traces(hidden.encode(), "canary")) == []
    assert "***" in hidden


def test_a_login_is_hidden_as_a_basic_header_has_it() -> None:
    secrets = Secrets()
    secrets.add_login("a", "b")
    secrets.add_login("user", "pässword1")
    basic = base64.b64encode("user:pässword1".encode()).decode()
    assert secrets.hide(f"Basic {basic} a:b") == "Basic *** a:b"


@pytest.mark.parametrize(
    "value", ["1", "true", "abc1", "100000", "postgres", "success", "load_echo", "PASS", "aaaaaaaa"]
)
def test_what_stands_everywhere_by_chance_is_not_looked_for(value: str) -> None:
    secrets = Secrets()
    secrets.add(value)
    assert secrets.hide(f"it says {value}") == f"it says {value}"


@pytest.mark.parametrize("value", ["hunter2", "CANARYURLPW", "correcthorsebatterystaple", "p@ss w"])
def test_what_nobody_writes_by_chance_is_looked_for(value: str) -> None:
    secrets = Secrets()
    secrets.add(value)
    assert secrets.hide(f"it says {value}.") == "it says ***."


def test_a_short_secret_does_not_cut_ids_apart() -> None:
    secrets = Secrets()
    secrets.add("abc123")
    whole = "f00abc1234"
    assert secrets.hide(whole) == whole
    assert secrets.hide("key=abc123&k%3Aabc123 \\nabc123") == "key=***&k%3A*** \\n***"


@pytest.mark.parametrize("mark", ['"', "'", '\\"', " … (3 more)", "...", "", "</td>", "\n"])
def test_a_secret_that_was_cut_is_hidden(mark: str) -> None:
    secrets = Secrets()
    secrets.add("sk-9f8e7d6c5b4a", "langgraph-platform-key-7")
    assert secrets.hide(f"it is sk-9f8e7d6{mark}") == f"it is ***{mark}"
    assert secrets.hide("sk-9f8e7dX and langgraph") == "sk-9f8e7dX and langgraph"


#: Words of a command line, what is shown of them, and what is looked for from then on.
FORMS = [
    (["--env", "LANGSMITH_API_KEY=X"], "--env LANGSMITH_API_KEY=***"),
    (["--env", "MY_API_KEY=X"], "--env MY_API_KEY=***"),
    (["--env", "AUTH=Bearer X"], "--env AUTH=***"),
    (["--env", "SENTRY_DSN=https://X@host/1"], "--env SENTRY_DSN=***"),
    (["--env", "DB_PASSWORD=X"], "--env DB_PASSWORD=***"),
    (["--env=SOMETHING=X"], "--env=SOMETHING=***"),
    (["--url", "http://h/?api_key=X"], "--url http://h/?api_key=***"),
    (["--url", "http://X@h/"], "--url http://***@h/"),
    (["--url", "http://u:X@h/"], "--url http://u:***@h/"),
    (["--url", "one=https://u:X@h/"], "--url one=https://u:***@h/"),
    (["--command", "srv --api-key X --port {port}"], "--command srv --api-key *** --port {port}"),
    (["--command", "srv --token=X"], "--command srv --token=***"),
    (["--command", "srv --password 'X'"], "--command srv --password ***"),
    (["--command", "PASSWORD=X srv"], "--command PASSWORD=*** srv"),
    (["--command", "srv postgres://u:X@h/d a@b"], "--command srv postgres://u:***@h/d a@b"),
    (["--command", "srv 'host=h password=X'"], "--command srv 'host=h password=***'"),
    (
        ["--lever", 'kill=curl -H "Authorization: Bearer X" h/{replica}'],
        '--lever kill=curl -H "Authorization: ***" h/{replica}',
    ),
    (
        ["--lever", "kill=curl -u me:X -H 'X-Api-Key: X' h"],
        "--lever kill=curl -u *** -H 'X-Api-Key: ***' h",
    ),
    (["--database-uri", "postgresql://u:X@h/d"], "--database-uri postgresql://u:***@h/d"),
    (["--redis-uri", "redis://:X@h/0"], "--redis-uri redis://:***@h/0"),
    (["--redis-uri=redis://:X@h/0"], "--redis-uri=redis://:***@h/0"),
    (["--header", "x-api-key=X"], "--header x-api-key=***"),
    (["--header", "authorization=Bearer X"], "--header authorization=***"),
    (["--header", "a=command:get --token X"], "--header a=command:get --token ***"),
]
SHOWN_AS_THEY_ARE = [
    ["--header", "a=env:GATEWAY_TOKEN"],
    ["--header", "a=file:token.txt"],
    ["--client-key", "key.pem"],
    ["--url", "http://h:8123/prefix"],
    ["--database-uri", "postgresql://me@h/d?passfile=/etc/pgpass"],
    ["--env", "LANGSMITH_API_KEY"],
    ["--only", "SYS"],
]


@pytest.mark.parametrize(("words", "shown"), FORMS, ids=range(len(FORMS)))
def test_a_secret_is_found_and_hidden_where_it_stands(words: list[str], shown: str) -> None:
    canary = "cAnaRy-7f3"
    given = [word.replace("X@", f"{canary}@").replace("X", canary) for word in words]
    given = [word.replace(f"{canary}-Api-Key", "X-Api-Key") for word in given]
    secrets = Secrets()
    register_words(secrets, given)
    assert " ".join(show_words(given)) == shown
    assert secrets.hide(f"echo {canary}!") == "echo ***!"
    assert canary not in repeat_command(given)


@pytest.mark.parametrize("password", ["pa ss/w@rd?", "p:a:s:s"])
def test_a_password_that_makes_a_uri_malformed_is_found(password: str) -> None:
    secrets = Secrets()
    words = ["--database-uri", f"postgresql://u:{password}@h/d"]
    register_words(secrets, words)
    assert show_words(words)[1] == "postgresql://u:***@h/d"
    assert secrets.hide(f"it is {password}") == "it is ***"


@pytest.mark.parametrize("words", SHOWN_AS_THEY_ARE, ids=" ".join)
def test_what_is_no_secret_is_shown(words: list[str]) -> None:
    assert show_words(words) == words


def test_a_short_value_is_hidden_where_it_stands_and_nowhere_else() -> None:
    secrets = Secrets()
    register_words(secrets, ["--env", "N=1", "--command", "srv --token ab"])
    assert show_words(["--env", "N=1", "--command", "srv --token ab"])[1::2] == [
        "N=***",
        "srv --token ***",
    ]
    assert secrets.list_values() == []


def test_the_repeat_command_passes_variables_on_by_name() -> None:
    again = repeat_command(["certify", "--env", "MODE=fast", "--env=KEY=x", "--env", "HOME"])
    assert again == "onceproof certify --env MODE --env=KEY --env HOME"


def test_ordinary_settings_are_not_looked_for() -> None:
    secrets = Secrets()
    register_words(secrets, ["--env", "GRAPHS=/srv/graphs/langgraph.json", "--env", "H=http://h:1"])
    register_variables(secrets, {"SSH_AUTH_SOCK": "/tmp/agent.17", "LANG": "en_GB.UTF-8-long"})
    register_variables(secrets, {"GIT_AUTHOR_NAME": "J. 0'Doe-Smith"})
    assert secrets.list_values() == []
    register_variables(secrets, {"OPENAI_API_KEY": "sk-12345", "REDIS_URI": "redis://:pw4567@h"})
    assert secrets.hide("sk-12345 and pw4567") == "*** and ***"


def test_a_command_is_shown_without_its_passwords() -> None:
    command = "serve --db postgres://u:secret@h/d --token=secret --port {port}"
    assert show(command) == "serve --db postgres://u:***@h/d --token=*** --port {port}"


def test_a_secret_that_was_escaped_and_then_cut_is_hidden(secrets: Secrets) -> None:
    secrets.add(secret := 'x7Y9z1w3/&"<+of-the-header')
    for written in (secret, json.dumps(secret)[1:-1], json.dumps(json.dumps(secret))[3:-3]):
        assert secrets.hide(f"it is {written[:-3]}") == "it is ***"


def test_a_document_s_secrets_are_those_of_its_names(secrets: Secrets) -> None:
    inner = {"token": ["sk-list-1", "sk-list-2"], "model": "claude-x9-very-long", "n": 7}
    register_values(
        secrets, {"auth": {"deep": "sk-deep-1"}, "tools": [inner], "url": "http://u:pw-1234@h"}
    )
    register_variables(secrets, {"OPTIONS": '{"api_key": "sk-json-1"}'})
    for each in ("sk-list-1", "sk-list-2", "sk-deep-1", "pw-1234", "sk-json-1"):
        assert secrets.hide(f"it is {each}!") == "it is ***!"
    assert secrets.hide("claude-x9-very-long") == "claude-x9-very-long"


def test_the_secrets_of_files_are_found(tmp_path: Path, secrets: Secrets) -> None:
    (tmp_path / ".env").write_text(
        "export API_KEY='sk-env-1'\nMODE=fast-and-good-1\n# TOKEN=sk-no-1\n"
    )
    write_key_pair(tmp_path / "key")
    register_dotenv(secrets, tmp_path / ".env")
    register_dotenv(secrets, tmp_path / "nowhere")
    register_private_key(secrets, tmp_path / "key")
    assert secrets.hide("sk-env-1 fast-and-good-1 sk-no-1") == "*** fast-and-good-1 sk-no-1"
    key = (tmp_path / "key").read_text(encoding="utf-8").splitlines()
    assert secrets.hide("\n".join(key)) == "\n".join([key[0], "***", key[-1]])
    register_private_key(secrets, tmp_path / "key.pub")
    public = (tmp_path / "key.pub").read_text(encoding="utf-8")
    assert secrets.hide(public) == public


def test_what_a_process_said_last_is_hidden_before_it_is_cut() -> None:
    SECRETS.add(password := "cAnaRy-of-the-last-words-7f3")
    try:
        said = quote_end("x" * 20 + password + "y" * (LONGEST - 12))
    finally:
        SECRETS.clear()
    assert said == "...xxxxxxxxx***" + "y" * (LONGEST - 12)


def test_files_of_others_are_cleaned(tmp_path: Path, secrets: Secrets) -> None:
    secrets.add("hunter2-and-more")
    (tmp_path / "logs").mkdir()
    log, data = tmp_path / "logs" / "api.log", tmp_path / "data.bin"
    log.write_bytes(b"\xff password hunter2-and-more\n")
    data.write_bytes(b"hunter2-and-more")
    hide_in_folder(secrets, tmp_path)
    assert log.read_bytes() == b"\xff password ***\n"
    assert data.read_bytes() == b"hunter2-and-more"
