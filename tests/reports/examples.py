"""Results documents for the tests of the reports: small builders and five whole documents."""

import math
from typing import Any

import msgspec

from onceproof.reports import outcome
from onceproof.reports.outcome import Observations
from onceproof.reports.results import Results

Part = dict[str, Any]

HOSTILE = (
    "</script><script>window.pwned=1</script> \x1b[2J\x00 \ud800 \u202e evil ]]> & \"'` | [bold]"
)

NO_CHAIN = "it needs the probe graph 'chain': deploy the probes"


def a_test(nodeid: str, outcome: str = "passed", message: str | None = None) -> Part:
    return {"nodeid": nodeid, "outcome": outcome, "seconds": 0.25, "message": message}


def requirement(id: str, verdict: str = "PASS", /, **more: Any) -> Part:
    chapter = id.rpartition("-")[0].lower()
    outcome = {"FAIL": "failed", "ERROR": "error"}.get(verdict, "passed")
    return {
        "id": id,
        "title": f"the subject of {id}",
        "text": f"A server MUST do what {id} says.",
        "level": "MUST",
        "scope": "core",
        "profile": "core",
        "chapter": chapter,
        "verdict": verdict,
        "reason": None,
        "tests": [a_test(f"conformance/suite/{chapter}/test_{chapter}.py::test_subject", outcome)],
        "checks": [],
        "observed": [],
        **more,
    }


def finding(key: str = "n-17", **more: Any) -> Part:
    return {
        "key": key,
        "sentence": f"the run {key} was accepted and never reached a terminal status",
        "expected": "one terminal status within 30 s of the last fault",
        "actual": "status=running at the quiescent read",
        "records": [412, 977],
        **more,
    }


def attempts(name: str = "worker-1", **more: Any) -> Part:
    """A worker that was paused goes on although another one has taken its run over."""
    early = {"step": "0", "token": 1, "begin_s": 40.1, "end_s": 40.105}
    taken = {"step": "1", "token": 2, "begin_s": 44.2, "end_s": 44.21, "ended": False}
    late = {"step": "1", "token": 3, "begin_s": 52.3, "end_s": 52.31, "accused": True}
    silent = {"text": "attempt 1 is silent", "from_s": 40.105, "until_s": 44.2}
    return {
        "run": "n-0",
        "attempts": 2,
        "lanes": [
            {"name": name, "steps": [early, late], "spans": [silent]},
            {"name": "worker-2", "steps": [taken]},
            {"name": "reader 1", "spans": [{"text": f"{name} reads: eof", "from_s": 40.0}]},
        ],
        "faults": [{"text": f"pause {name}", "from_s": 40.5, "until_s": 52.25}],
        "moments": [
            {"text": "accepted", "t_s": 40.0},
            {"text": "seen success", "t_s": 44.5, "accused": True},
        ],
        "first_error_s": 52.3,
        **more,
    }


def check(name: str, verdict: str = "PASS", findings: tuple[Part, ...] = (), **more: Any) -> Part:
    return {
        "check": name,
        "verdict": verdict,
        "reason": None,
        "counts": {"runs": 1284, "events": 40211},
        "findings": list(findings),
        "findings_total": len(findings),
        "notices": [],
        **more,
    }


def fault(name: str, t_s: float, heal_s: float | None, replica: str | None = "worker-1") -> Part:
    return {"fault": name, "t_s": t_s, "heal_s": heal_s, "replica": replica, "note": None}


def point(t_s: int) -> Part:
    trouble = 24 <= t_s <= 33
    wave = math.sin(t_s / 3) * 8
    return {
        "t_s": t_s,
        "finished_per_s": 61 + wave if trouble else 142 + wave,
        "accepted_per_s": 140 + wave,
        "events_per_s": 1410 + wave * 20,
        "p50_ms": 48 + wave if trouble else 21 + wave / 4,
        "p99_ms": 2150 + wave * 60 if trouble else 93 + wave * 3,
        "cpu_pct": 61.0,
    }


def operation(name: str, count: int, **more: Any) -> Part:
    return {
        "name": name,
        "count": count,
        "failures": 0,
        "per_s": count / 60,
        "p50_ms": 12.4,
        "p90_ms": 31.0,
        "p99_ms": 96.2,
        "max_ms": 412.0,
        **more,
    }


def load(**more: Any) -> Part:
    return {
        "seconds": 60,
        "users": 40,
        "accepted": 8213,
        "finished_once": 8213,
        "lost": [],
        "duplicated": [],
        "unfinished": [],
        "sentence": "8,213 runs accepted in 60 s at 136.9 per second, each finished exactly once",
        "series": [point(t_s) for t_s in range(60)],
        "operations": [
            operation("POST /threads/{id}/runs", 4120),
            operation("POST /runs/wait", 2051, p50_ms=88.0, p90_ms=140.2, p99_ms=311.9),
            operation("POST /threads/{id}/runs/stream", 2042, failures=3, max_ms=2280.4),
            operation("GET /threads/{id}/runs/{id}/stream", 611, p50_ms=None, max_ms=None),
        ],
        "harness_cpu_pct": 34.5,
        "start_s": 118.0,
        **more,
    }


def frame(requirements: list[Part], **more: Any) -> Part:
    """A document without what `settle` derives."""
    return {
        "schema": "onceproof/results/1",
        "harness": {
            "name": "onceproof",
            "version": "0.1.0",
            "python": "3.11.7",
            "commit": "025a568c1f",
        },
        "run": {
            "id": "20260314-090807",
            "started": "2026-03-14T09:08:07Z",
            "finished": "2026-03-14T09:12:32Z",
            "seconds": 265.4,
            "command": "onceproof certify --target reference --seed 7",
            "seed": 7,
            "folder": "runs/20260314-090807",
        },
        "target": {
            "kind": "reference",
            "version": "0.1.0",
            "strength": "verified",
            "command": "python -m onceproof.reference_impl --role {role} --port {port}",
            "replicas": {"api": 2, "worker": 2},
        },
        "stack": {"kind": "embedded", "postgres": "16.2", "redis": "6.2.14"},
        "environment": {"cpus": 2, "platform": "Linux-6.1-x86_64"},
        "requirements": requirements,
        "checks": [],
        "faults": [],
        "load": None,
        "tests": {"total": 12, "passed": 10, "failed": 1, "skipped": 1, "errors": 0},
        **more,
    }


def settle(document: Part) -> Results:
    return outcome.settle(msgspec.convert(document, Observations))


def green() -> Results:
    ids = ("SYS-01", "SYS-02", "RUN-01", "RUN-02", "QUE-01", "STR-01")
    checks = [check("lost"), check("duplicate"), check("stream_order")]
    return settle(
        frame(
            [requirement(id, observed=["204"] if id == "RUN-02" else []) for id in ids],
            checks=checks,
            faults=[fault("kill worker", 142.0, 151.5), fault("flush redis", 160.0, 160.0, None)],
            load=load(),
        )
    )


def warned() -> Results:
    """Certified, although three recommendations do not hold."""
    unmet = [requirement(f"QUE-1{n}", "WARN", level="SHOULD", reason="no") for n in range(3)]
    return settle(frame([requirement("SYS-01"), *unmet]))


def mixed_requirements() -> list[Part]:
    """One of each verdict, twice for FAIL: by a test and by a check."""
    diff = "\n".join(f"  [{i}] expected {i}, got {i + (i > 30)}" for i in range(60))
    refused = "status=200, but should be one of 404, 409 [POST /threads/{id}/runs/{id}/cancel]"
    return [
        requirement("SYS-01", title="/ok answers 200 while the server is ready"),
        requirement("SYS-02", observed=["flags.crons=true", "version=0.1.0"]),
        requirement(
            "CAN-06",
            "FAIL",
            title="cancel of a finished run leaves its status unchanged",
            text="Cancelling a finished run MUST answer 404 or 409 and leave its status unchanged.",
            replay="onceproof test --target reference CAN-06",
            tests=[
                a_test("conformance/suite/runs/test_cancel.py::test_other"),
                a_test(
                    "conformance/suite/runs/test_cancel.py::test_cancel_of_a_finished_run",
                    "failed",
                    f"{refused}\n{diff}",
                ),
            ],
        ),
        requirement("QUE-08", "FAIL", profile="queue", checks=["lost", "duplicate"], tests=[]),
        requirement("QUE-16", "WARN", profile="queue", level="SHOULD", reason="no attempt shown"),
        requirement("QUE-21", "INCONCLUSIVE", profile="queue", reason="no lease expired"),
        requirement("CRN-01", "NOT_APPLICABLE", profile="cron", scope="ext", reason="no crons"),
        requirement("CRN-02", "DISABLED", profile="cron", scope="ext", reason="--without cron"),
        requirement("CRN-03", "NOT_JUDGED", profile="cron", scope="ext", reason=NO_CHAIN),
        requirement("LIM-04", "UNTESTED", profile="limits", reason="needs 128 MiB of memory"),
        requirement("LIM-05", profile="limits", level="MAY"),
    ]


def mixed(error: bool = False) -> Results:
    requirements = mixed_requirements()
    if error:
        requirements.append(requirement("SHD-01", "ERROR", reason="the proxy did not start"))
    found = (finding("n-0", attempts=attempts()), *(finding(f"n-{i}") for i in range(1, 5)))
    checks = [
        check("assumptions", notices=["two hosts, one clock"]),
        check("lost", "FAIL", found, findings_total=23),
        check("duplicate"),
        check("stale_commit", "INCONCLUSIVE", reason="no attempt outlived its lease"),
    ]
    faults = [
        fault("kill worker", 40.5, 52.25),
        fault("pause worker", 60.0, 66.0, "worker-2"),
        fault("restart postgres", 142.0, 151.5, None),
        fault("cut stream", 155.0, None, "api-1"),
    ]
    return settle(frame(requirements, checks=checks, faults=faults, load=load()))


def hostile() -> Results:
    """Every free text of the document is an attack."""
    bad = requirement(
        "RUN-01",
        "FAIL",
        title=HOSTILE,
        text=HOSTILE,
        profile=HOSTILE,
        chapter=HOSTILE,
        reason=HOSTILE,
        tests=[a_test(HOSTILE, "failed", HOSTILE)],
        checks=["lost"],
        observed=[HOSTILE],
        replay=HOSTILE,
    )
    anomaly = finding(
        HOSTILE,
        sentence=HOSTILE,
        expected=HOSTILE,
        actual=HOSTILE,
        timeline=[HOSTILE],
        replay=HOSTILE,
        attempts=attempts(HOSTILE, run=HOSTILE),
    )
    document = frame(
        [bad, requirement("RUN-02")],
        checks=[check("lost", "FAIL", (anomaly,), reason=HOSTILE, notices=[HOSTILE])],
        faults=[{**fault(HOSTILE, 1.0, 2.0, HOSTILE), "note": HOSTILE}],
        load=load(sentence=HOSTILE, lost=[HOSTILE], operations=[operation(HOSTILE, 1)]),
        target={"kind": HOSTILE, "version": HOSTILE, HOSTILE: [HOSTILE]},
        environment={HOSTILE: {HOSTILE: HOSTILE}},
    )
    document["run"] = {**document["run"], "command": HOSTILE, "started": HOSTILE}
    return settle(document)


def chaos(**more: Any) -> Part:
    return {
        "faults": {"worker-killed": 3, "postgres-cut": 1},
        "operations": {"queued": 105, "waited": 30},
        "disturbed": 7,
        "surprises": [],
        "fenced": {"log lines": 2},
        "fallen": [],
        "runs": {
            "accepted": 644,
            "refused": 1,
            "unclear": 3,
            "recovered": 1,
            "finished_once": 645,
            "ends": {"success": 645},
            "broken": {"lost": 0, "duplicated": 0},
        },
        "recovery": {"to_begin_s": [0.05, 0.58, 42.0], "to_end_s": [0.2], "picked_up_s": []},
        **more,
    }


def quiet_chaos(**more: Any) -> Results:
    parts = [requirement(id, checks=["lost"], tests=[]) for id in ("QUE-01", "QUE-02")]
    totals = {"total": 0, "passed": 0, "failed": 0, "skipped": 0, "errors": 0}
    document = frame(parts, checks=[check("lost")], chaos=chaos(**more), tests=totals)
    document["run"] = {**document["run"], "command": "onceproof chaos --seed 7"}
    return settle(document)


def huge(number: int = 404) -> Results:
    """Every requirement failed, each with a check of its own that has three findings."""
    ids = [f"BIG-{i:03d}" for i in range(number)]
    return settle(
        frame(
            [requirement(id, "FAIL", checks=[f"check-{id}"]) for id in ids],
            checks=[
                check(f"check-{id}", "FAIL", tuple(finding(f"{id}-{i}") for i in range(3)))
                for id in ids
            ],
        )
    )
