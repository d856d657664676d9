"""Authentication and authorisation: who sees what."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import sql
from onceproof.reference_impl.auth import filters
from onceproof.reference_impl.sql import search


@mutant("AUT-03")
def list_everybodys_threads() -> None:
    """A search finds the threads of every user."""
    search.THREADS.conditions["rule"] = "({rule}::jsonpath is null or true)"


@mutant("AUT-03")
def read_anybodys_runs() -> None:
    """A run can be read by its id, whoever owns its thread."""
    rewrite(sql.runs, "FIND", "permits($3, t.metadata)", "($3::jsonpath is null or true)")


@mutant("AUT-03", QUE_01="whoever loses a thread to a stranger loses its runs")
def change_anybodys_threads() -> None:
    """A thread can be changed by users who may not read it."""
    rewrite(
        sql.threads,
        "CHANGE",
        "and permits($3, metadata) and permits($3, metadata || $2::jsonb)",
        "and ($3::jsonpath is null or true)",
    )


@mutant("AUT-13")
def cancel_everybodys_runs() -> None:
    """A cancel by status also ends the runs of other users."""
    rewrite(sql.runs, "CANCELLABLE", "permits($4, t.metadata)", "($4::jsonpath is null or true)")


@mutant("AUT-12")
def take_or_for_and() -> None:
    """A filter with `$or` lets through what fulfils all of its parts only."""
    filters._GROUPS["$or"] = " && "


@mutant("AUT-12")
def take_and_for_or() -> None:
    """A filter with `$and` lets through what fulfils one of its parts."""
    filters._GROUPS["$and"] = " || "


@mutant("AUT-12")
def heed_one_element() -> None:
    """`$contains` with several elements lets through what has the first."""
    compare = filters._compare

    def first_only(path, operator, value):
        if operator == "$contains" and isinstance(value, list | tuple):
            value = list(value)[:1] or value
        return compare(path, operator, value)

    filters._compare = first_only


@mutant("AUT-18")
def search_everybodys_assistants() -> None:
    """A search finds the assistants and crons of every user."""
    search.ASSISTANTS.conditions["rule"] = "({rule}::jsonpath is null or true)"
    search.CRONS.conditions["rule"] = "({rule}::jsonpath is null or true)"


@mutant("AUT-18")
def read_anybodys_assistants() -> None:
    """An assistant can be read by its id, whoever owns it."""
    rewrite(sql.assistants, "FIND", "permits($3, metadata)", "($3::jsonpath is null or true)")


@mutant("AUT-18")
def delete_anybodys_crons() -> None:
    """A cron can be deleted by its id, whoever owns it."""
    rewrite(sql.crons, "DELETE", "permits($2, metadata)", "($2::jsonpath is null or true)")
