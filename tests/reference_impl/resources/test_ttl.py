"""What langgraph.json and the variables say of how long things live."""

import json
from pathlib import Path
from typing import Any

import pytest

from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.resources import ttl


@pytest.fixture
def load_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loads a langgraph.json with the given sections."""
    for name in ("CHECKPOINTER", "STORE", "THREAD_TTL"):
        monkeypatch.delenv(f"LANGGRAPH_{name}", raising=False)

    def load(**sections: Any) -> ttl.Lifetimes:
        path = tmp_path / "langgraph.json"
        path.write_text(json.dumps({"graphs": {"a": "b"}, **sections}))
        return ttl.load_lifetimes(path)

    return load


def test_without_a_word_nothing_expires(load_config: Any) -> None:
    said = load_config()
    assert said.threads.of_new_threads() is None
    assert said.items.default_ttl is None
    assert said.items.refresh_on_read


def test_the_sections_are_read_as_the_cli_documents_them(load_config: Any) -> None:
    said = load_config(
        checkpointer={
            "ttl": {
                "strategy": "keep_latest",
                "sweep_interval_minutes": 60,
                "default_ttl": 43200,
                "sweep_limit": None,
            },
            "serde": {"pickle_fallback": False},
        },
        store={
            "index": {"dims": 3, "embed": "openai:text-embedding-3-small"},
            "ttl": {"refresh_on_read": False, "sweep_interval_minutes": 120, "default_ttl": 10080},
        },
    )
    assert said.threads.of_new_threads() == {"strategy": "keep_latest", "ttl_minutes": 43200}
    assert (said.threads.sweep_interval_minutes, said.threads.sweep_limit) == (60, 1000)
    assert (said.items.refresh_on_read, said.items.default_ttl) == (False, 10080)
    assert said.items.sweep_interval_minutes == 120


def test_variables_win(load_config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGGRAPH_STORE", json.dumps({"ttl": {"default_ttl": 1}}))
    monkeypatch.setenv("LANGGRAPH_CHECKPOINTER", json.dumps({"ttl": {"default_ttl": 2}}))
    in_file = {"ttl": {"default_ttl": 9}}
    said = load_config(store=in_file, checkpointer=in_file)
    assert (said.items.default_ttl, said.threads.default_ttl) == (1, 2)
    monkeypatch.setenv("LANGGRAPH_THREAD_TTL", json.dumps({"default_ttl": 3}))
    assert load_config().threads.default_ttl == 3


@pytest.mark.parametrize(
    ("sections", "why"),
    [
        ({"checkpointer": {"ttl": {"strategy": "forget"}}}, r"checkpointer\.ttl: strategy"),
        ({"checkpointer": {"ttl": {"default_ttl": 0}}}, r"checkpointer\.ttl: default_ttl"),
        ({"checkpointer": {"ttl": {"default_tll": 5}}}, r"checkpointer\.ttl: default_tll"),
        ({"checkpointer": {"ttl": 5}}, r"checkpointer\.ttl"),
        ({"store": {"ttl": {"sweep_interval_minutes": -1}}}, r"store\.ttl: sweep_interval"),
    ],
)
def test_what_cannot_be_meant_is_told_at_start(load_config: Any, sections: Any, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        load_config(**sections)
