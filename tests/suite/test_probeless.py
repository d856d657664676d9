"""A server without the probes is judged by what any deployment shows, and accused of nothing."""

import json
from pathlib import Path

import pytest

from onceproof.conformance.cli import main
from tests.preflight.broken import RUN, Broken, run_broken

PROBELESS = Broken(
    "hosts none",
    answers={
        "/assistants/search": (200, [{"graph_id": "agent"}]),
        "/threads": (200, {"thread_id": RUN}),
        f"/threads/{RUN}": (204, {}),
    },
)
#: The first names its graph to the suite's own client, the second to LangGraph.
PROBE, OFFICIAL, NONE = "STR-14", "SDK-06", "SYS-01"


def test_what_needs_a_probe_is_not_judged_and_what_needs_none_is(tmp_path: Path) -> None:
    only = [word for id in (PROBE, OFFICIAL, NONE) for word in ("--only", id)]
    with run_broken(PROBELESS) as url, pytest.raises(SystemExit) as ended:
        main(["certify", "--url", url, "--run-dir", str(tmp_path / "run"), *only])
    results = json.loads((tmp_path / "run/results.json").read_bytes())
    judged = {each["id"]: each for each in results["requirements"]}
    assert judged[PROBE]["verdict"] == judged[OFFICIAL]["verdict"] == "NOT_JUDGED"
    assert judged[PROBE]["reason"] == judged[OFFICIAL]["reason"]
    assert "the target hosts none: deploy them" in judged[PROBE]["reason"]
    assert judged[NONE]["verdict"] == "PASS"
    assert int(str(ended.value.code)) == 12
