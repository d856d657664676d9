"""Searches, counts and pages of threads, assistants, crons and runs."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import sql
from onceproof.reference_impl.sql import search
from onceproof.reference_impl.sql.search import Search


@mutant("AST-16", "CRN-12", "THR-10", "THR-12", AST_18="a count heeds what its search heeds")
def heed_one_condition() -> None:
    """Of several conditions a search heeds only the last."""
    where = Search._where

    def heed_last(self, wanted, parameters):
        names = [name for name in self.conditions if wanted[name] is not None]
        return where(
            self, {k: v if k in names[-1:] else None for k, v in wanted.items()}, parameters
        )

    Search._where = heed_last


@mutant("SYS-26")
def leave_ties_to_chance() -> None:
    """Items that are equal in what a list is sorted by come in another order on each page."""
    rows = Search.rows

    def shuffle_ties(self, wanted, **page):
        statement, values = rows(self, wanted, **page)
        return statement.replace(f", {self.key} limit", ", random() limit"), values

    Search.rows = shuffle_ties


@mutant("AST-16")
def compare_names_with_case() -> None:
    """The search for a part of a name heeds upper and lower case."""
    search.ASSISTANTS.conditions["name"] = "position({name}::text in name) > 0"


@mutant("AST-17", "CRN-12", "THR-11")
def forget_the_order() -> None:
    """A search is sorted by creation, whatever it is asked for."""
    rows = Search.rows

    def by_creation(self, wanted, *, order="", **page):
        return rows(self, wanted, order=order and "created_at desc", **page)

    Search.rows = by_creation


@mutant("THR-10")
def match_any_metadata() -> None:
    """A search by metadata finds threads that have the keys, with whatever values."""
    search.THREADS.conditions["metadata"] = (
        "metadata ?& array(select jsonb_object_keys({metadata}::jsonb))"
    )


@mutant("THR-12", "AST-18")
def count_without_conditions() -> None:
    """A count heeds the metadata of its search, and no other condition."""
    count = Search.count

    def by_metadata(self, wanted):
        return count(self, {k: v if k in ("metadata", "rule") else None for k, v in wanted.items()})

    Search.count = by_metadata


@mutant("RUN-12")
def list_runs_of_any_status() -> None:
    """A list of runs by status has runs of every status."""
    rewrite(sql.runs, "LIST", "r.status = $2", "$2 <> ''")


@mutant("SYS-26")
def cap_pages_at_ten() -> None:
    """A list of runs has ten entries at most, and names no next page."""
    rewrite(sql.runs, "LIST", "limit $3", "limit least($3, 10)")
