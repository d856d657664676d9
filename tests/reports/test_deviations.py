"""Known deviations excuse what they name, say so in every report, and rot loudly."""

import json
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from onceproof.reports import html, junit, markdown
from onceproof.reports.deviations import find_rotten, weigh
from onceproof.reports.document import decode, dump
from onceproof.reports.outcome import refuse_overclaim
from onceproof.reports.results import Deviation, Results, ResultsError
from tests.reports import examples
from tests.reports.test_terminal import print_report

DAY = "2026-03-14"  # of the examples' runs


def entry(id: str, **more: Any) -> examples.Part:
    return {
        "id": id,
        "reason": f"{id} is known",
        "link": f"https://example.org/{id}",
        "expires": "2027-01-31",
        **more,
    }


def settled(*listed: examples.Part, only: tuple[str, ...] = (), **verdicts: str) -> Results:
    """A run with one requirement that passed, and `A_1="FAIL"` for the others."""
    parts = [examples.requirement("OK-1")]
    parts += [
        examples.requirement(
            name.replace("_", "-"), verdict, level="SHOULD" if verdict == "WARN" else "MUST"
        )
        for name, verdict in verdicts.items()
    ]
    document = examples.frame(parts, deviations=list(listed))
    document["run"] = {**document["run"], "only": list(only)}
    return examples.settle(document)


def claim_of(results: Results) -> tuple[str, int]:
    return results.outcome, results.exit_status


@pytest.mark.parametrize("verdict", ["FAIL", "WARN"])
def test_a_listed_failure_is_excused_and_never_certified(verdict: str) -> None:
    results = settled(entry("A-1"), A_1=verdict)
    assert claim_of(results) == ("partial", 12)
    (one,) = [r for r in results.requirements if r.id == "A-1"]
    assert (one.verdict, one.deviation) == (verdict, results.deviations[0])
    assert results.deviations[0].standing == "known"
    reason = results.reasons[0]
    assert (reason.sentence, reason.names) == (
        "1 known deviation, so the result is partial at best",
        ("A-1",),
    )


def test_the_profile_of_an_excused_failure_is_partial_too() -> None:
    assert [p.outcome for p in settled(entry("A-1"), A_1="FAIL").profiles] == ["partial"]


def test_what_is_not_listed_fails_beside_what_is() -> None:
    results = settled(entry("A-1"), A_1="FAIL", A_2="FAIL")
    assert claim_of(results) == ("failed", 10)
    assert results.reasons[0].names == ("A-2",)


ROT = [
    ("passed", entry("A-1"), {"A_1": "PASS"}, "it passed, so remove the entry"),
    ("unknown", entry("B-9"), {"A_1": "PASS"}, "no requirement has this id"),
    ("unjudged", entry("A-1"), {"A_1": "INCONCLUSIVE"}, "the whole suite did not judge it"),
    ("unjudged", entry("A-1"), {"A_1": "UNTESTED"}, "the whole suite did not judge it"),
    ("unjudged", entry("A-1"), {"A_1": "NOT_APPLICABLE"}, "the whole suite did not judge it"),
    ("unjudged", entry("A-1"), {"A_1": "DISABLED"}, "the whole suite did not judge it"),
    (
        "expired",
        entry("A-1", expires="2026-03-13"),
        {"A_1": "FAIL"},
        "the entry expired on 2026-03-13, so fix the target, or review and renew the entry",
    ),
    ("expired", entry("A-1", expires="2026-03-13"), {"A_1": "PASS"}, "the entry expired on"),
]


@pytest.mark.parametrize(("standing", "listed", "verdicts", "sentence"), ROT)
def test_an_entry_that_no_longer_holds_fails(
    standing: str, listed: examples.Part, verdicts: dict[str, str], sentence: str
) -> None:
    results = settled(listed, **verdicts)
    assert claim_of(results) == ("failed", 10)
    assert results.deviations[0].standing == standing
    assert all(r.deviation is None for r in results.requirements)
    (reason,) = [r for r in results.reasons if "known deviation" in r.sentence]
    assert reason.sentence.startswith(f"listed as a known deviation, but {sentence}")
    assert reason.names == (listed["id"],)


def test_an_entry_that_the_target_could_not_show_is_left_alone() -> None:
    results = settled(entry("A-1"), A_1="NOT_JUDGED", A_2="PASS")
    assert claim_of(results) == ("partial", 12)
    assert results.deviations[0].standing == "open"


@pytest.mark.parametrize("verdict", ["PASS", "INCONCLUSIVE"])
def test_what_fails_by_a_race_need_not_fail_in_every_run(verdict: str) -> None:
    results = settled(entry("A-1", intermittent=True), A_1=verdict)
    assert claim_of(results) == ("partial", 12)
    assert [profile.outcome for profile in results.profiles] == ["partial"]
    assert results.deviations[0].standing == "unseen"
    reason = results.reasons[0]
    assert (reason.sentence, reason.names) == (
        "1 intermittent deviation that this run did not show, so the result is partial at best",
        ("A-1",),
    )


def test_what_fails_by_a_race_is_excused_when_it_is_seen_and_expires_like_any() -> None:
    seen = settled(entry("A-1", intermittent=True), A_1="FAIL")
    assert (claim_of(seen), seen.deviations[0].standing) == (("partial", 12), "known")
    late = settled(entry("A-1", intermittent=True, expires="2026-03-13"), A_1="PASS")
    assert (claim_of(late), late.deviations[0].standing) == (("failed", 10), "expired")


def test_an_entry_holds_through_its_last_day() -> None:
    assert claim_of(settled(entry("A-1", expires=DAY), A_1="FAIL")) == ("partial", 12)


@pytest.mark.parametrize("verdict", ["PASS", "DISABLED", "FAIL"])
def test_entries_outside_of_a_selection_are_left_alone(verdict: str) -> None:
    listed = entry("B-1", expires="2020-01-01"), entry("B-9")
    results = settled(*listed, only=("A", "OK"), A_1="PASS", B_1=verdict)
    assert [each.standing for each in results.deviations] == ["open", "open"]
    assert results.outcome == ("failed" if verdict == "FAIL" else results.outcome)
    assert not find_rotten(results.deviations)


def test_what_a_check_finds_outside_of_a_selection_is_excused_too() -> None:
    results = settled(entry("B-1"), only=("A",), A_1="PASS", B_1="FAIL")
    assert (claim_of(results), results.deviations[0].standing) == (("partial", 12), "known")


def test_entries_inside_of_a_selection_rot_unless_they_were_not_judged() -> None:
    assert claim_of(settled(entry("A-1"), only=("A",), A_1="PASS")) == ("failed", 10)
    left = settled(entry("A-1"), only=("A",), A_1="INCONCLUSIVE")
    assert claim_of(left) == ("partial", 12)
    assert left.deviations[0].standing == "open"


def test_a_harness_that_failed_lets_nothing_rot() -> None:
    results = settled(entry("A-1"), A_1="ERROR")
    assert (results.exit_status, results.deviations[0].standing) == (70, "open")


def test_nothing_excuses_a_run_lost_under_load() -> None:
    document = examples.frame(
        [examples.requirement("OK-1"), examples.requirement("A-1", "FAIL")],
        deviations=[entry("A-1")],
        load=examples.load(lost=["n-1"]),
    )
    assert claim_of(examples.settle(document)) == ("failed", 10)


def test_a_check_that_an_excused_requirement_answers_for_is_excused_with_it() -> None:
    document = examples.frame(
        [examples.requirement("OK-1"), examples.requirement("A-1", "FAIL", checks=["lost"])],
        deviations=[entry("A-1")],
        checks=[examples.check("lost", "FAIL", (examples.finding(),))],
    )
    assert claim_of(examples.settle(document)) == ("partial", 12)


def test_entries_with_the_same_fault_share_a_sentence() -> None:
    weighed = settled(entry("A-1"), entry("A-2"), A_1="PASS", A_2="PASS").deviations
    assert list(find_rotten(weighed).values()) == [["A-1", "A-2"]]


def test_a_document_cannot_excuse_by_itself() -> None:
    results = settled(A_1="FAIL")
    document = json.loads(dump(results))
    document["requirements"][1]["deviation"] = {**entry("A-1"), "standing": "known"}
    with pytest.raises(ResultsError, match="excuses what no known deviation excuses"):
        refuse_overclaim(decode(json.dumps(document).encode()))
    listed = {**document, "deviations": [{**entry("A-1"), "standing": "known"}]}
    with pytest.raises(ResultsError, match="settle the document first"):
        refuse_overclaim(decode(json.dumps(listed).encode()))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"link": "javascript:alert(1)"}, "link"),
        ({"expires": "soon"}, "expires"),
    ],
)
def test_an_entry_that_does_not_fit_is_refused(wrong: dict[str, str], sentence: str) -> None:
    document = json.loads(dump(settled(entry("A-1"), A_1="FAIL")))
    document["deviations"][0] |= wrong
    with pytest.raises(ResultsError, match=sentence):
        decode(json.dumps(document).encode())


def test_a_run_that_ended_at_no_time_lets_nothing_expire() -> None:
    document = examples.frame([examples.requirement("A-1", "FAIL")], deviations=[entry("A-1")])
    document["run"] = {**document["run"], "finished": "yesterday"}
    with pytest.raises(ResultsError, match=r"run\.finished = 'yesterday' is not a time"):
        examples.settle(document)


def test_weighing_forgets_what_an_entry_claimed() -> None:
    claimed = Deviation(
        id="A-1", reason="r", link="https://h", expires=date(2027, 1, 1), standing="known"
    )
    results = settled(A_1="PASS")
    (weighed,) = weigh([claimed], results.requirements, results.run)
    assert weighed.standing == "passed"


EXCUSE = "known deviation until 2027-01-31: A-1 is known (https://example.org/A-1)"


def test_the_terminal_shows_a_known_deviation_apart_from_the_failures() -> None:
    text = print_report(settled(entry("A-1"), A_1="FAIL", A_2="FAIL"))
    assert f"\nFAIL A-1 the subject of A-1: {EXCUSE}\n" in text
    assert text.index("FAIL A-2") < text.index("FAIL A-1")
    assert "A server MUST do what A-1 says" not in text
    rot = print_report(settled(entry("A-1"), A_1="PASS"))
    assert "listed as a known deviation, but it passed, so remove the entry: A-1" in rot


def test_markdown_shows_a_known_deviation_apart_from_the_failures() -> None:
    text = markdown.render(settled(entry("A-1"), A_1="FAIL"))
    assert "## Known deviations\n\n- **A-1 the subject of A-1** FAIL, known deviation" in text
    assert "## Failed" not in text


def test_html_shows_every_entry_with_its_standing_and_a_link() -> None:
    page = html.render(settled(entry("A-1"), entry("OK-1"), A_1="FAIL"))
    assert '<a href="https://example.org/A-1" rel="noreferrer">' in page
    assert "Known deviation until 2027-01-31: A-1 is known" in page
    assert '<td class="bad">passed</td>' in page


def test_junit_skips_a_known_deviation_and_fails_an_entry_that_no_longer_holds() -> None:
    root = ElementTree.fromstring(
        junit.render(settled(entry("A-1"), entry("OK-1"), A_1="FAIL", A_2="WARN"))
    )
    cases = {case.get("name", "").split()[0]: case for case in root.iter("testcase")}
    skipped = cases["A-1"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == f"FAIL: {EXCUSE}"
    suite = root.find("testsuite[@name='known deviations']")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    assert root.get("failures") == "1"


def test_an_entry_can_repaint_nothing_and_run_nothing() -> None:
    hostile = {"reason": examples.HOSTILE, "link": f"https://{examples.HOSTILE}"}
    results = settled(entry("A-1", **hostile), entry("OK-1", **hostile), A_1="FAIL")
    ElementTree.fromstring(junit.render(results))
    for text in (html.render(results), markdown.render(results), print_report(results)):
        assert not {"\x1b", "\x00", "\u202e", "\ud800"} & set(text)
    page = html.render(results)
    assert "<script>window" not in page
    assert 'href="https://&lt;/script&gt;' in page
