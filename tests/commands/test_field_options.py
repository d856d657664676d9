"""Options of field mode that contradict each other are refused in one sentence, before anything."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from onceproof.conformance.commands.certify import certify
from onceproof.conformance.errors import UsageError


def refuse(*words: str) -> str:
    with pytest.raises(UsageError) as caught:
        CliRunner().invoke(certify, words, catch_exceptions=False)
    return str(caught.value)


@pytest.fixture
def inputs(tmp_path: Path) -> str:
    path = tmp_path / "inputs.json"
    path.write_text("[{}]")
    return str(path)


def test_an_assistant_needs_inputs() -> None:
    assert "--assistant needs inputs of its own: add --input FILE" in refuse("--assistant", "agent")


@pytest.mark.parametrize("words", [("--max-runs", "3"), ("--once-per-input",), ("--seed", "1")])
def test_options_of_field_mode_need_an_assistant(words: tuple[str, ...]) -> None:
    assert f"{words[0]} is for field mode: add --assistant NAME" in refuse(*words)


@pytest.mark.parametrize("words", [("--only", "QUE"), ("--lanes", "2"), ("--profiles", "core")])
def test_what_belongs_to_the_suite_is_refused_beside_it(
    words: tuple[str, ...], inputs: str
) -> None:
    sentence = refuse("--assistant", "agent", "--input", inputs, *words)
    assert f"{words[0]} is for the suite" in sentence


def test_a_file_without_inputs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "inputs.json"
    path.write_text("[]")
    assert "--input holds no input" in refuse("--assistant", "agent", "--input", str(path))


def test_a_load_that_no_run_is_left_for_is_refused(inputs: str) -> None:
    few = ("--max-runs", "40", "--load-seconds", "9", "--stack", "none")
    sentence = refuse("--assistant", "agent", "--input", inputs, *few)
    assert "--load-seconds 9 sends inputs of yours, and 40 runs leave none for it" in sentence


def test_a_load_that_others_feel_is_refused(inputs: str) -> None:
    words = ("--assistant", "agent", "--input", inputs, "--load-seconds", "9")
    sentence = refuse(*words, "--url", "http://127.0.0.1:9")
    assert "add --exclusive" in sentence
