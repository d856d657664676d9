"""A results document of field mode: oracles before the requirements of the register."""

from onceproof.reports.results import Results
from tests.reports.examples import check, finding, frame, requirement, settle

NO_QUESTION = "no run asked a question"
NO_LEVERS = "it lacks levers on workers (--levers compose:PROJECT --exclusive)"


def in_field(verdict: str = "PASS") -> Results:
    """A run in field mode: FIELD-06 has `verdict`, two more had nothing to judge."""
    reason = "a cut reader got event 7 twice" if verdict == "FAIL" else None
    oracles = [
        requirement("FIELD-01", title="a run ends once", profile="field", tests=[]),
        requirement("FIELD-06", verdict, profile="field", tests=[], reason=reason),
        requirement(
            "FIELD-10", "INCONCLUSIVE", profile="field", scope="ext", tests=[], reason=NO_QUESTION
        ),
        requirement("FIELD-15", "NOT_JUDGED", profile="field", scope="ext", reason=NO_LEVERS),
    ]
    beside = [
        requirement("SYS-01"),
        requirement("QUE-21", "NOT_JUDGED", tests=[], scope="ext", reason=NO_LEVERS),
    ]
    readers = check("readers_agree", verdict, (finding("run-3"),) if reason else ())
    document = frame([*oracles, *beside], checks=[check("ends_once"), readers])
    document["run"] |= {
        "command": "onceproof certify --url http://127.0.0.1:8123 --assistant agent"
    }
    document["target"] = {"kind": "url", "url": "http://127.0.0.1:8123", "strength": "observed"}
    document["field"] = {
        "assistant": "agent",
        "plan": "about 14 runs of 'agent' on 9 threads",
        "seed": 7,
        "schemas": "sha256:4be1",
        "threads": 9,
        "runs": 14,
        "accepted": 14,
        "ended": 14,
        "alone": False,
    }
    return settle(document)
