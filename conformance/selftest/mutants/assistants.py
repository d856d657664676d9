"""Assistants and their versions."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import sql


@mutant("AST-11", AST_24="two versions have one number")
def number_after_the_latest() -> None:
    """The version after going back to an older one gets a number that was given before."""
    rewrite(
        sql.assistants,
        "NEW_VERSION",
        "select $1, max(version) + 1, $2, $3, $4, $5, $6, $7 from assistant_version\n"
        "    where assistant_id = $1 returning *",
        "select $1, (select version from assistant where assistant_id = $1) + 1,"
        " $2, $3, $4, $5, $6, $7 on conflict (assistant_id, version) do update"
        " set name = excluded.name, metadata = excluded.metadata returning *",
    )


@mutant("AST-09")
def list_versions_oldest_first() -> None:
    """Versions are listed oldest first."""
    rewrite(sql.assistants, "VERSIONS", "order by version desc", "order by version")


@mutant("AST-10")
def go_back_without_the_configuration() -> None:
    """An earlier version that is made the latest brings its name, and not its configuration."""
    rewrite(sql.assistants, "SET_LATEST", "config = v.config, context = v.context,", "")


@mutant("AST-14")
def delete_the_threads_of_others() -> None:
    """Deleting an assistant with its threads takes those of all assistants of its graph."""
    rewrite(
        sql.assistants,
        "OWN_THREADS",
        "t.metadata @> jsonb_build_object('assistant_id', $1::uuid)",
        "t.metadata ->> 'graph_id' = (select graph_id from assistant where assistant_id = $1)",
    )
    rewrite(sql.assistants, "OWN_THREADS", "r.assistant_id <> $1)", "false)")


@mutant("AST-15")
def let_the_runs_of_a_deleted_assistant_go_on() -> None:
    """Runs of an assistant that is deleted are not cancelled."""
    rewrite(sql.assistants, "ACTIVE_RUNS", "in ('pending', 'running')", "in ('none')")
