"""Where headers come from, what is refused, and that their values are secrets."""

from pathlib import Path

import pytest

from onceproof.conformance.access.headers import Headers, register_header
from onceproof.conformance.access.sources import parse_header
from onceproof.conformance.errors import UsageError
from onceproof.conformance.options import Options
from onceproof.conformance.secrets import SECRETS


def read(option: str, **environ: str) -> tuple[str, str]:
    source = parse_header(option, environ)
    return source.name, source.read().text


def test_values_come_from_the_option_a_variable_a_file_or_a_command(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n", encoding="utf-8")
    assert read("X-Api-Key=plain=1") == ("x-api-key", "plain=1")
    assert read("x=env:TOKEN", TOKEN="from-env") == ("x", "from-env")
    assert read(f"x=file:{file}") == ("x", "from-file")
    assert read("x=command:echo from-$((1+1))") == ("x", "from-2")
    assert read("authorization=Bearer env:T", T="t0") == ("authorization", "Bearer t0")


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("X-Api-Key: secret", "--header 'X-Api-Key' is no header: write it like"),
        ("=secret", "--header '' is no header"),
        ("x=", "--header 'x' is no header"),
        ("a b=secret", "--header 'a b' is no header"),
        ("Host=h", "--header Host is set by the harness itself"),
        ("x=env:NOWHERE", "the variable 'NOWHERE' is not set"),
        ("x=file:nowhere", "'nowhere' cannot be read"),
        ("x=command:echo no >&2; exit 3", "ended with status 3: no"),
        ("x=command:true", "is empty or has characters that no header can have"),
        ("x=command:printf 'a\\nb'", "is empty or has characters that no header can have"),
        ("x=ключ-secret", "has characters that no header can have"),
    ],
)
def test_what_is_no_header_is_refused_without_its_value(option: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence.replace("(", r"\(")) as caught:
        read(option)
    assert "secret" not in str(caught.value)


def test_a_value_is_a_secret_as_soon_as_it_is_read() -> None:
    headers = Headers([parse_header("authorization=Bearer env:T", {"T": "tok3n-abc"})])
    headers.values()
    assert SECRETS.hide("it sent Bearer tok3n-abc, or tok3n-abc") == "it sent ***, or ***"
    register_header("Basic dXNlcjpwYTU1d29yZCE=")
    assert SECRETS.hide("pa55word! and dXNlcjpwYTU1d29yZCE=") == "*** and ***"


def test_a_login_in_a_url_becomes_a_header() -> None:
    options = Options(urls=("http://user:pa%2055word@127.0.0.1:1/x", "b=http://127.0.0.1:2"))
    assert options.urls == ("http://127.0.0.1:1/x", "b=http://127.0.0.1:2")
    assert options.headers == ("authorization=Basic dXNlcjpwYSA1NXdvcmQ=",)
    assert SECRETS.hide("pa 55word pa%2055word dXNlcjpwYSA1NXdvcmQ=") == "*** *** ***"
    assert Options(urls=("http://t0ken-abc@127.0.0.1:1",)).headers == (
        "authorization=Basic dDBrZW4tYWJjOg==",
    )
    assert SECRETS.hide("t0ken-abc dDBrZW4tYWJjOg==") == "*** ***"


def test_logins_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(UsageError, match="several logins"):
        Options(urls=("http://a:secret@127.0.0.1:1", "http://b:secret@127.0.0.1:2"))
    with pytest.raises(UsageError, match="and --header authorization another"):
        Options(urls=("http://a:secret@127.0.0.1:1",), headers=("Authorization=env:HOME",))
