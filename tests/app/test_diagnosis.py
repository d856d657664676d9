"""What is read out of logs, and what is not."""

from onceproof.conformance.app.diagnosis import Fault, diagnose

STAMP = "2026-03-01 12:00:00,123"
WORKER = "onceproof.reference_impl.core.execution"


def log(*records: tuple[str, str]) -> str:
    return "".join(f"{STAMP} {level} {WORKER}: {text}\n" for level, text in records)


def read(*records: tuple[str, str]) -> list[str]:
    return [str(fault) for fault in diagnose({"worker-1": log(*records)})]


def test_a_log_without_faults_says_nothing() -> None:
    assert diagnose({"worker-1": "", "api-1": "INFO: something without a date\n"}) == []
    assert read(("INFO", "worker listening on 127.0.0.1:1"), ("WARNING", "claim failed")) == []


def test_a_message_of_several_lines_is_whole() -> None:
    assert read(("INFO", "run r1 raised ValueError: one\n  two"), ("INFO", "next")) == [
        "run r1: a node raised ValueError: one\n  two"
    ]


def test_a_blocking_node_is_one_fault_with_its_place() -> None:
    [said] = read(
        ("INFO", "run r1 raised NodeBlocked: a node held the event loop for more than 5 s"),
        (
            "ERROR",
            "run r1: a node held the event loop for more than 5 s; it was interrupted at "
            "agent.py:12 in work",
        ),
    )
    assert said.startswith(
        "run r1: a node held the event loop for more than 5 s at agent.py:12 in work, and every"
    )


def test_an_exit_is_called_what_the_author_wrote() -> None:
    [fault] = diagnose({"worker-1": log(("INFO", "run r1 raised NodeExit: 3"))})
    assert (fault.kind, fault.run_id) == ("SystemExit", "r1")
    assert "sys.exit(3)" in fault.text


def test_a_run_that_lost_its_worker_names_what_to_look_for() -> None:
    said = read(
        ("WARNING", "lease expired: run r1, attempt 1 on worker-1; back to the queue"),
        ("ERROR", "run r1: attempt 2 ended its own process by signal 11 (SIGSEGV)"),
        ("ERROR", "run r1: attempt 3 ended its own process by signal 11 (SIGSEGV)"),
    )
    assert len(said) == 2
    assert "its worker died or stood still" in said[0]
    assert "(signal 11 (SIGSEGV))" in said[1]


def test_any_other_error_in_a_log_is_a_fault_by_its_first_line() -> None:
    records = ("ERROR", "Exception in ASGI application\nTraceback ...\nKeyError: 'a'")
    assert diagnose({"api-1": log(records)}) == [
        Fault("internal", "api-1 has an error in its log: Exception in ASGI application")
    ]


def test_a_raised_exception_is_placed() -> None:
    [said] = read(
        ("INFO", "run r1 raised NodeExit: 3"),
        ("INFO", "run r1: that was raised at /srv/agent.py:12 in leave"),
    )
    assert said.startswith("run r1: a node called sys.exit(3) at /srv/agent.py:12 in leave: ")


def test_a_type_that_does_not_survive_is_named() -> None:
    record = ("WARNING", "state key 'kept' holds a Prices (agent.py), comes back as dict")
    [said] = read(record, record)
    assert said.startswith(
        "state key 'kept' holds a Prices (agent.py), which comes back from the database as dict"
    )
