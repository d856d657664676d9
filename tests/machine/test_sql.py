"""A mutant of a statement differs in one place, and what decides nothing is left alone."""

from tests.machine import sql_operators
from tests.machine.mutant import ROOT, Mutant

TEXT = """\
-- name: END
-- End a run, where it is running and not '= $1'.
update run set status = 'success', ended_at = now(), lost = null
where run_id = $1 and (attempt = $2 or $3 is null) and status = 'a and b'

-- name: NEXT
-- Return the next.
select 1 from run where ready and due <= now() order by due limit $1 for update skip locked
"""
NEXT = TEXT.splitlines()[-1]


def afters(operator: str) -> list[str]:
    mutants = sql_operators.find_mutants("reference_impl/sql/queries/runs.sql", TEXT)
    return [" ".join(one.after.split()) for one in mutants if one.operator == operator]


def test_each_condition_is_left_out_once() -> None:
    assert afters("drop_condition") == [
        "where true and (attempt = $2 or $3 is null) and status = 'a and b'",
        "where run_id = $1 and true and status = 'a and b'",
        "where run_id = $1 and (attempt = $2 or true) and status = 'a and b'",
        "where run_id = $1 and (attempt = $2 or $3 is null) and true",
        NEXT.replace("ready", "true"),
        NEXT.replace("due <= now()", "true"),
    ]


def test_each_assignment_is_left_out_once() -> None:
    assert afters("drop_assignment") == [
        "update run set ended_at = now(), lost = null",
        "update run set status = 'success', lost = null",
        "update run set status = 'success', ended_at = now()",
    ]


def test_comments_texts_and_assignments_are_left_alone() -> None:
    assert len(afters("eq_ne")) == 3
    assert len(afters("and_or")) == 3
    assert afters("more") == []


def test_boundaries_locks_orders_and_limits() -> None:
    assert afters("le_lt") == [NEXT.replace("<=", "<")]
    assert afters("drop_lock") == [NEXT.replace(" for update skip locked", "")]
    assert afters("drop_skip") == [NEXT.replace(" skip locked", "")]
    assert afters("drop_order") == [NEXT.replace("order by due ", "")]
    assert afters("add_desc") == [NEXT.replace("by due", "by due desc")]
    assert afters("drop_limit") == [NEXT.replace("limit $1 ", "")]


def test_every_mutant_of_the_server_differs_in_one_place() -> None:
    path = "reference_impl/sql/queries/queue.sql"
    text = (ROOT / path).read_text(encoding="utf-8")
    mutants: list[Mutant] = [*sql_operators.find_mutants(path, text)]
    assert len(mutants) > 200
    assert len({one.name for one in mutants}) == len(mutants)
    for one in mutants:
        lines = text.splitlines()
        height = len(one.before.splitlines())
        assert "\n".join(lines[one.line - 1 :][:height]) == one.before
        assert one.text != text
