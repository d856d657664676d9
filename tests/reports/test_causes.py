"""Failures with a cause in common are one line at the top, and keep their own evidence below."""

import pytest

from onceproof.conformance.history.vocabulary import DIED
from onceproof.reports import causes, html, junit, markdown
from onceproof.reports.causes import Cause, classify, group_causes
from onceproof.reports.results import Results
from tests.reports import examples
from tests.reports.test_terminal import print_report

LATE = "httpx.ReadTimeout: GET /threads/{}/runs/{}/stream took more than 30 s"
UNKNOWN = "run {}: whether it was accepted is unknown (ReadTimeout('POST /threads/{}/runs took"


def failing(*reasons: str, verdict: str = "FAIL", **more: object) -> Results:
    parts = [
        examples.requirement(f"STR-{n:02}", verdict, reason=reason, tests=[])
        for n, reason in enumerate(reasons)
    ]
    return examples.settle(examples.frame([examples.requirement("SYS-01"), *parts], **more))


#: Evidence as certifications of servers and gateways have shown it: lines of a group are alike.
GROUPS = [
    [LATE.format("01a2", "3fd2"), LATE.format("9bc1", "77e2"), UNKNOWN.format("69cb", "01a2")],
    [
        "POST /threads answered 401, but should answer 200: {'detail': 'no'}",
        "httpx.HTTPStatusError: Client error '401 Unauthorized' for url 'http://h:30043/threads'",
    ],
    [
        "GET /threads/2fc6/state answered 500, but should answer 200: {}",
        "httpx.HTTPStatusError: Server error '500 Internal Server Error' for url 'http://h/x'",
    ],
    [
        "httpx.ConnectError",
        "stream broke: RemoteProtocolError('peer closed')",
        "IncompleteReadError",
    ],
    ["httpx.ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "SSLError"],
    ["run 0a1 is not over after 5 s: running", "run 9f3 is not over after 10 s: running"],
    ["an answer of the target lacks 'values'", "an answer of the target lacks 'values'"],
    ["an answer of the target lacks 'tasks'"],
    ["KeyError: 'a'", "asyncio.KeyError"],
    ["GET /threads/1/copy answered 404, but should answer 200"],
    [f"GET /threads/{id} answered 404, but should answer 200" for id in ("1", "0a2", "9f")],
]


def test_what_is_alike_is_one_cause_and_what_is_not_is_another() -> None:
    found = [{classify(line) for line in group} for group in GROUPS]
    assert [len(kinds) for kinds in found] == [1] * len(GROUPS)
    assert len(set.union(*found)) == len(GROUPS)


def test_the_cause_of_most_failures_comes_first_and_a_single_failure_is_none() -> None:
    late = [LATE.format(n, n) for n in range(89)]
    refused = ["POST /threads answered 403, but should answer 200"] * 7
    first, second = group_causes(failing(*refused, *late, "one of its own"))
    assert (len(first.ids), len(second.ids)) == (89, 7)
    assert first.sentence == "answers did not come in time"
    assert second.sentence == "requests were not let in (403)"
    assert "--header" in second.advice


def test_failures_weigh_more_than_warnings() -> None:
    parts = [examples.requirement(f"A-{n}", "WARN", reason="slow") for n in range(5)]
    parts += [examples.requirement(f"B-{n}", "FAIL", reason="lost") for n in range(2)]
    found = group_causes(examples.settle(examples.frame(parts)))
    assert [cause.ids[0] for cause in found] == ["B-0", "A-0"]


def test_a_process_that_died_is_named() -> None:
    died = examples.fault(DIED, 12.0, None, "worker-2")
    [cause] = group_causes(failing("httpx.ConnectError", "ReadError", faults=[died]))
    assert cause.sentence == "connections were refused or broke; ended by itself: worker-2"
    assert causes.DIED == DIED


def test_what_is_alike_by_its_sentence_is_begun_with_by_a_command() -> None:
    [cause] = group_causes(failing("run 1 is late by 2 s", "run 3 is late by 4 s"))
    assert cause == Cause(
        sentence="run 1 is late by 2 s",
        example="run 1 is late by 2 s",
        ids=("STR-00", "STR-01"),
        advice="begin with the first: the same command with --only STR-00",
    )


def test_every_report_opens_with_the_causes() -> None:
    results = failing(*[LATE.format(n, n) for n in range(50)])
    words = "50 requirements: answers did not come in time"
    printed, summary, page = print_report(results), markdown.render(results), html.render(results)
    assert printed.index(words) < printed.index("FAIL STR-00")
    assert "FAIL STR-01 the subject of STR-01: as STR-00" in printed
    assert printed.count("took more than 30 s") == 2
    assert summary.index("**50 requirements**: answers did not") < summary.index("| Profile")
    # The denominator stands before the causes, and everything else after them.
    cause = page.index("answers did not come in time")
    assert page.index('class="bar tall"') < cause < page.index('class="bar thin"')
    assert junit.render(results).decode().count("took more than 30 s") >= 50


@pytest.mark.parametrize("results", [examples.green(), examples.mixed(), failing("one", "two")])
def test_without_a_cause_in_common_nothing_is_said(results: Results) -> None:
    assert group_causes(results) == []
    assert "cause in common" not in markdown.render(results) + html.render(results)


def test_hostile_evidence_is_harmless_in_a_cause() -> None:
    results = failing(examples.HOSTILE, examples.HOSTILE)
    assert len(group_causes(results)) == 1
    assert "<script>window.pwned" not in html.render(results)
    assert "\x1b[2J" not in print_report(results)
