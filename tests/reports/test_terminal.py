"""The summary on a terminal: a golden one, one without colour, and hostile and huge ones."""

import io
import textwrap
from pathlib import Path

from rich.console import Console

from onceproof.reports import terminal
from onceproof.reports.results import Results
from tests.reports import examples

FILES = {"results.json": Path("run/results.json"), "report.html": Path("run/report.html")}


def print_report(results: Results, *, tty: bool = False, width: int = 80) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        force_terminal=tty,
        width=width,
        color_system="standard" if tty else None,
        _environ={},
    )
    terminal.print_summary(results, FILES, console)
    return out.getvalue()


def test_golden_summary() -> None:
    text = print_report(examples.mixed())
    assert text.startswith(
        textwrap.dedent(
            """
            reference 0.1.0 · embedded · 4 min 25 s
              sys    2 of   2 passed
              can    0 of   1 passed  1 fail
              que    0 of   3 passed  1 fail, 1 warn, 1 inconclusive
              crn    0 of   3 passed  1 disabled, 1 not judged, 1 not applicable
              lim    1 of   2 passed  1 untested

              core    2 of 3 passed, 1 fail
              queue   0 of 3 passed, 1 fail, 1 warn, 1 inconclusive
              cron    0 of 3 passed, 1 disabled, 1 not judged, 1 not applicable
              limits  1 of 2 passed, 1 untested

            FAIL CAN-06 cancel of a finished run leaves its status unchanged
                 Cancelling a finished run MUST answer 404 or 409 and leave its status unchanged.
                 conformance/suite/runs/test_cancel.py::test_cancel_of_a_finished_run failed
                 status=200, but should be one of 404, 409 [POST /threads/{id}/runs/{id}/cancel]
                   [0] expected 0, got 0
            """
        )
    )
    assert text.endswith(
        textwrap.dedent(
            """
                 … 49 more lines

            FAIL QUE-08 the subject of QUE-08
                 A server MUST do what QUE-08 says.
                 check lost FAIL
                 n-0: the run n-0 was accepted and never reached a terminal status
                   expected: one terminal status within 30 s of the last fault
                   actual:   status=running at the quiescent read
                   records:  412, 977
                 and 22 more findings

            WARN QUE-16 the subject of QUE-16: no attempt shown

            INCONCLUSIVE QUE-21 the subject of QUE-21: no lease expired

            NOT JUDGED 1 requirement: it needs the probe graph 'chain': deploy the probes
                 CRN-03

            load  8,213 runs accepted in 60 s at 136.9 per second, each finished exactly once

            failed (exit status 10)
              2 required behaviours failed: CAN-06, QUE-08
              1 core requirement could not be judged: QUE-21
              1 core MUST requirement untested, which does not affect the outcome: LIM-04
              results.json  run/results.json
              report.html   run/report.html
            """
        )
    )


def test_a_log_has_no_escape_sequences_and_a_terminal_has_colour() -> None:
    assert "\x1b" not in print_report(examples.mixed())
    assert "\x1b[1;31mFAIL\x1b[0m CAN-06" in print_report(examples.mixed(), tty=True)


def test_a_narrow_terminal_is_not_overrun() -> None:
    lines = print_report(examples.mixed(), tty=True, width=60).split("\n")
    evidence = [line for line in lines if line.startswith("     ")]
    assert evidence
    assert all(len(line) <= 60 for line in evidence)


def test_a_green_run_is_short() -> None:
    text = print_report(examples.green())
    assert "certified (exit status 0)" in text
    assert len(text.split("\n")) <= 16


def test_the_line_of_the_certificate_says_how_many_recommendations_are_not_met() -> None:
    lines = print_report(examples.warned()).split("\n")
    assert "certified, with 3 recommendations not met (exit status 0)" in lines
    assert "  3 recommendations not met: QUE-10, QUE-11, QUE-12" in lines


def test_hostile_text_cannot_reach_the_terminal() -> None:
    text = print_report(examples.hostile())
    assert not {"\x1b", "\x00", "\u202e", "\ud800"} & set(text)
    assert "[bold]" in text


def test_a_huge_number_of_failures_is_cut_and_counted() -> None:
    text = print_report(examples.huge())
    assert text.count("\nFAIL BIG-") == terminal.SHOWN
    assert "364 more failures: BIG-040, " in text


def test_an_error_of_the_harness_is_shown_like_a_failure() -> None:
    text = print_report(examples.mixed(error=True))
    assert "\nERROR SHD-01 the subject of SHD-01\n" in text
    assert "inconclusive (exit status 70)" in text
