"""The tests of the suite that no server has made fail: they may be unable to."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from onceproof.conformance.selftest.record import Record

HEAD = """# Track record

Which tests of the suite have failed for cause: on a mutant ([docs/selftest.md](selftest.md)), or on
a real server that deviates. A test that has passed everywhere may be unable to fail. Written by
`onceproof selftest --untried`; a test that is listed below may still have been made to fail by hand
while it was written."""


def render_track_record(record: Record) -> str:
    """Render the tests that have never failed for cause as a Markdown page, with counts."""
    trials, elsewhere = record.trials.values(), record.elsewhere
    on_mutants = frozenset[str]().union(*(trial.failed for trial in trials)) & record.tests
    servers = [[name, str(len(tests & record.tests))] for name, tests in sorted(elsewhere.items())]
    servers.append([f"{len(trials)} mutants", str(len(on_mutants))])
    parts = [
        HEAD,
        _table(["server", "tests that failed on it"], servers),
        _table(["chapter", "tests", "have failed"], list(_count(record))),
        f"## Not yet made to fail: {len(record.toothless)}",
        *_list_by_file(record.toothless),
    ]
    return "\n\n".join(parts) + "\n"


def _count(record: Record) -> Iterator[Sequence[str]]:
    whole, left = _by_chapter(record.tests), _by_chapter(record.toothless)
    for name, number in sorted(whole.items()):
        yield [name, str(number), str(number - left[name])]
    yield ["all", str(len(record.tests)), str(len(record.tests) - len(record.toothless))]


def _by_chapter(tests: Iterable[str]) -> Counter[str]:
    return Counter(test.partition("/")[0] for test in tests)


def _list_by_file(tests: Collection[str]) -> Iterator[str]:
    files = defaultdict(list)
    for test in sorted(tests):
        file, _, name = test.partition("::")
        files[file].append(name)
    for file, names in files.items():
        yield f"`{file}`\n\n" + "\n".join(f"- {name}" for name in names)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
