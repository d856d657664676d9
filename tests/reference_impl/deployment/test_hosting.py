"""The `http` section: which paths a deployment serves, and what is wrong with a section."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from onceproof.reference_impl.config import apply_env
from onceproof.reference_impl.deployment.hosting import Hosting
from onceproof.reference_impl.errors import ConfigError


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    path = tmp_path / "langgraph.json"
    path.write_text('{"graphs": {"g": "./g.py:graph"}, "env": ".env"}')
    monkeypatch.setenv("LANGGRAPH_CONFIG_PATH", str(path))
    return SimpleNamespace(config_path=path, mount_prefix=None, cors_allow_origins=None)


@pytest.mark.parametrize(
    "group, gone, there",
    [
        ("threads", "/threads/{thread_id}/state", "/threads/{thread_id}/runs"),
        ("runs", "/threads/{thread_id}/runs/{run_id}", "/threads/{thread_id}"),
        ("runs", "/runs/stream", "/threads/search"),
        ("assistants", "/assistants/search", "/ok"),
        ("meta", "/openapi.json", "/ok"),
    ],
)
def test_a_disabled_group_takes_its_routes_along_and_no_others(
    settings: Any, monkeypatch: pytest.MonkeyPatch, group: str, gone: str, there: str
) -> None:
    monkeypatch.setenv("LANGGRAPH_HTTP", f'{{"disable_{group}": true}}')
    hosting = Hosting.load(settings)
    assert not hosting.serves(gone)
    assert hosting.serves(there)


@pytest.mark.parametrize(
    "section, sentence",
    [
        ("{", "not valid JSON"),
        ("[1]", "must be an object"),
        ('{"mount_prefix": "agents"}', "must begin with '/'"),
        ('{"app": "app"}', "must look like"),
    ],
)
def test_a_wrong_section_is_explained(
    settings: Any, monkeypatch: pytest.MonkeyPatch, section: str, sentence: str
) -> None:
    monkeypatch.setenv("LANGGRAPH_HTTP", section)
    with pytest.raises(ConfigError, match=sentence):
        Hosting.load(settings)


def test_the_env_entry_may_name_a_file_and_the_environment_wins(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONE", "outside")
    monkeypatch.delenv("TWO", raising=False)
    with pytest.raises(ConfigError, match=r"'\.env'"):
        apply_env()
    (settings.config_path.parent / ".env").write_text("# note\nexport ONE='file'\nTWO=\"2=2\"\n")
    apply_env()
    assert (os.environ["ONE"], os.environ["TWO"]) == ("outside", "2=2")
    monkeypatch.delenv("TWO")


@pytest.mark.parametrize(
    "text, value",
    [
        ("V=a#b # a note", "a#b"),
        ('V="a # b"', "a # b"),
        ("V='it\\'s $HOME'", "it's $HOME"),
        ('V="-----BEGIN\nkey\nEND-----"\n# a note', "-----BEGIN\nkey\nEND-----"),
        ('V="tab\\tquote\\""', 'tab\tquote"'),
        ("export V =  spaced  ", "spaced"),
        ("V=", ""),
    ],
)
def test_a_dotenv_file_is_read_with_its_quotes_notes_and_line_breaks(
    settings: Any, monkeypatch: pytest.MonkeyPatch, text: str, value: str
) -> None:
    monkeypatch.setenv("V", "")
    monkeypatch.delenv("V")
    (settings.config_path.parent / ".env").write_text(text)
    apply_env()
    assert os.environ["V"] == value
