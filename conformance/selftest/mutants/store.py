"""Long-term memory: comparing, finding and keeping items."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import sql
from onceproof.reference_impl.sql import store_search


@mutant("STO-07")
def compare_numbers_as_texts() -> None:
    """Numbers in a filter are ordered as texts: 10 is less than 9."""
    compare = store_search._compare

    def as_texts(path, operator, wanted, parameters):
        condition = compare(path, operator, wanted, parameters)
        if operator not in store_search._ORDER:
            return condition
        alike, _, ordered = condition.partition(" and ")
        found, sign, value = ordered.removesuffix(")").rpartition(
            f" {store_search._ORDER[operator]} "
        )
        return f"{alike} and {found}::text {sign} ({value})::text)"

    store_search._compare = as_texts


@mutant("STO-06")
def heed_one_field() -> None:
    """A filter over several fields heeds only the first."""
    search = store_search.search_items

    def first_field(op, vector):
        return search(op._replace(filter=dict([*(op.filter or {}).items()][:1])), vector)

    from onceproof.reference_impl.resources import store

    store.search_items = first_field


@mutant("STO-05")
def match_prefixes_as_texts() -> None:
    """A search below a namespace also finds the ones whose label only begins like it."""

    def begins_with(namespace, parameters):
        return f"prefix like {parameters.add('.'.join(namespace) + '%')}"

    store_search._is_below = begins_with


@mutant("STO-09")
def cut_namespaces_before_they_match() -> None:
    """Namespaces are cut off before their suffix is compared, so that deep ones are not found."""
    rewrite(
        sql.store,
        "NAMESPACES",
        "select distinct string_to_array(prefix, '.') as labels",
        "select distinct (string_to_array(prefix, '.'))[:4] as labels",
    )


@mutant("STO-02")
def forget_creation_at_each_put() -> None:
    """An item that is put again has a new time of creation."""
    rewrite(
        sql.store,
        "PUT",
        "case when old.expires_at <= now() then now() else old.created_at end",
        "clock_timestamp()",
    )


@mutant("STO-12")
def never_refresh() -> None:
    """Reading an item does not prolong its life."""
    rewrite(sql.store, "REFRESH", "where i.expires_at > now()", "where false")


@mutant("STO-06")
def newest_last() -> None:
    """A search of the store lists the oldest items first."""
    rewrite(sql.store, "SEARCH", "order by updated_at desc", "order by updated_at asc")


@mutant("STO-12")
def keep_items_for_ever() -> None:
    """Items with a time to live never expire."""
    rewrite(sql.store, "PUT", "now() + $4", "null::timestamptz + $4")
