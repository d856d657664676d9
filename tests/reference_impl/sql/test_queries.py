"""The queries by name: each is described, each is used, and each name in use exists."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from onceproof.reference_impl import sql
from onceproof.reference_impl.api.run_bodies import RunOut
from onceproof.reference_impl.core.checkpoints import fenced
from onceproof.reference_impl.sql import search, store_search

SERVER = Path(str(files("onceproof.reference_impl")))
QUERIES = SERVER / "sql/queries"
SUBJECTS = {path.stem for path in QUERIES.glob("*.sql")}
#: A statement in Python, rather than prose that begins like one.
STATEMENT = re.compile(
    r"^\s*(select\b.*\bfrom\b|select \w+\(|insert into\b|update\b.*\bset\b|delete from\b"
    r"|with \w+ as\b)",
    re.IGNORECASE | re.DOTALL,
)


def names_in(subject: str) -> list[str]:
    return re.findall(r"^-- name: (\w+)", (QUERIES / f"{subject}.sql").read_text(), re.MULTILINE)


def written() -> set[tuple[str, str]]:
    return {(subject, name) for subject in SUBJECTS for name in names_in(subject)}


def modules() -> Iterator[tuple[Path, ast.AST]]:
    for path in SERVER.rglob("*.py"):
        yield path, ast.parse(path.read_text())


def used() -> set[tuple[str, str]]:
    """What is asked for in Python as `sql.queue.CLAIM`, or included in SQL as `{queue.CLAIM}`."""
    asked = re.compile(r"\b(\w+)\.([A-Z][A-Z_]+)\b")
    texts = [path.read_text() for path in (*SERVER.rglob("*.py"), *QUERIES.glob("*.sql"))]
    found = {pair for text in texts for pair in asked.findall(text)}
    found |= {("search", name) for subject, name in found if subject == "_QUERIES"}
    return {(subject, name) for subject, name in found if subject in SUBJECTS}


def test_every_query_is_used() -> None:
    assert written() - used() == set()


def test_every_name_in_use_exists() -> None:
    for path, tree in modules():
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(ast.Attribute(ast.Name("sql"), subject), name):
                    assert name in names_in(subject), f"{path}: sql.{subject}.{name}"


@pytest.mark.parametrize("subject", sorted(SUBJECTS))
def test_every_query_has_a_name_of_its_own_a_description_and_no_include_left(subject: str) -> None:
    names = names_in(subject)
    loaded = {name: text for name, text in vars(sql.Queries(subject)).items() if name.isupper()}
    assert list(loaded) == names, "a query without a description is not loaded"
    for name, text in loaded.items():
        assert text, name
        assert not text.startswith("--"), name
        assert not re.search(r"\{\w+\.\w+\}", text), name


def test_an_unknown_name_is_an_attribute_error_that_names_the_file() -> None:
    with pytest.raises(AttributeError, match=r"sql/queries/queue\.sql has no query 'CLAIMS'"):
        _ = sql.queue.CLAIMS


def test_python_holds_no_statement() -> None:
    found = [
        f"{path.relative_to(SERVER)}:{node.lineno}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and STATEMENT.match(node.value)
    ]
    assert found == []


def test_a_run_is_read_with_the_fields_that_it_is_answered_with() -> None:
    columns = [re.split(r" as |\.", column)[-1] for column in sql.runs.COLUMNS.split(",")]
    assert [column.strip() for column in columns] == list(RunOut.model_fields)


def test_a_claim_brings_the_columns_of_a_checkpoint() -> None:
    columns = [column.strip() for column in sql.checkpoints.COLUMNS.split(",")]
    assert columns == list(fenced.COLUMNS)
    assert all(f"head.{name} as {fenced.HEAD}{name}" in sql.queue.CLAIM for name in columns)


def test_a_search_leaves_out_what_is_not_asked_for_and_numbers_the_rest() -> None:
    wanted = {"rule": None, "assistant_id": 1, "thread_id": None, "enabled": False}
    text, values = search.CRONS.rows(
        wanted | {"metadata": None}, order="created_at desc", limit=11, offset=20
    )
    assert text == (
        "select * from cron where true and assistant_id = $1::uuid and enabled = $2::boolean "
        "order by created_at desc, cron_id limit $3 offset $4"
    )
    assert values == [1, False, 11, 20]


def test_a_search_that_asks_for_nothing_still_leaves_hidden_threads_out() -> None:
    wanted = dict.fromkeys(search.THREADS.conditions)
    assert search.THREADS.count(wanted) == (
        "select count(*) from thread where hidden_at is null",
        [],
    )


def test_a_history_before_a_checkpoint_asks_for_its_thread_once() -> None:
    wanted = dict.fromkeys(search.HISTORY.conditions) | {"thread_id": 1, "before": 2}
    text, values = search.HISTORY.rows(wanted, limit=None)
    assert "b.thread_id = $1 and b.checkpoint_id = $2" in text
    assert values == [1, 2, None, 0]


def test_more_conditions_than_postgres_plans_are_refused() -> None:
    parameters = search.Parameters([None] * search.MAX_PARAMETERS)
    with pytest.raises(ValueError, match="more than 1000 conditions"):
        store_search._matches(("key",), 1, parameters)
