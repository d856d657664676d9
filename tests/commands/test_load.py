"""`onceproof load` holds a server to a level, and says which it missed."""

import json
from pathlib import Path

import pytest

from onceproof.conformance.cli import main
from onceproof.conformance.errors import FAILED, INCONCLUSIVE

OWN = """
users = 40
seconds = 2
arrivals = "constant:10*1s"

[levels]
runs = { lost = 0, duplicated = 0, unfinished = 0 }
"wait for run" = { p50_ms = 0 }
"""


def test_a_level_that_no_server_can_keep_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = tmp_path / "own.toml"
    profile.write_text(OWN)
    with pytest.raises(SystemExit) as ended:
        main(["load", "run", "--profile", str(profile), "--run-dir", str(tmp_path / "run")])
    output = capsys.readouterr().out
    # A busy machine lets the generator lag, and then nothing is said against the server.
    assert ended.value.code in (FAILED, INCONCLUSIVE), output
    assert "10 runs accepted, 10 finished once, 0 lost, 0 duplicated" in output
    assert "wait for run: p50 in ms was " in output
    assert json.loads((tmp_path / "run" / "load.json").read_text())["arrivals"]["begun"] == 10
