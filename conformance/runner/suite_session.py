"""Pytest sessions of the suite: which they are, and how `certify` keeps them to themselves.

A certification is started in somebody's project, whose configuration, variables and plugins are
made for that project's own tests. One that reruns failures, stops at the first, or orders tests at
random would change verdicts. So `certify` runs pytest with a configuration file of its own, without
any PYTEST_ variable, and with no plugins but those named here; lanes inherit all of that.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from onceproof.conformance.runner.target_options import ALL_OPTIONS

SUITE = Path(__file__).parents[1] / "suite"
NAME = "onceproof.conformance.suite"

#: What the suite was called before everything was installed below the one name `onceproof`.
OLD_NAME = "conformance.suite"

#: The options of pytest by what they were called before they had a prefix.
BY_OLD_NAME = {option.old_name: option for option in ALL_OPTIONS}

#: By the names under which packages declare them to pytest.
PLUGINS = ("onceproof", "xdist", "anyio")


def runs_suite(places: Iterable[str], folder: Path) -> bool:
    """Return whether pytest, started in `folder`, is asked for tests of the suite."""
    return any(_is_suite(place.partition("::")[0], folder) for place in places)


def _is_suite(place: str, folder: Path) -> bool:
    dotted = name_suite(place)
    if dotted == NAME or dotted.startswith(f"{NAME}."):
        return True
    path = (folder / place).resolve()
    return path == SUITE.resolve() or SUITE.resolve() in path.parents


def name_suite(word: str) -> str:
    """Return an argument with the suite's old name replaced, unless another package has that."""
    if (word == OLD_NAME or word.startswith(f"{OLD_NAME}.")) and not _is_foreign():
        return f"onceproof.{word}"
    return word


def rewrite_old_names(arguments: Iterable[str]) -> list[str]:
    """Return arguments of a pytest session of the suite, with old names of options rewritten."""
    rewritten: list[str] = []
    for word in arguments:
        name, equals, value = word.partition("=")
        option = BY_OLD_NAME.get(name)
        rewritten.append(f"{option.pytest_name}{equals}{value}" if option else word)
    return rewritten


def _is_foreign() -> bool:
    """Whether `conformance.suite` is somebody else's; in a checkout of ours it is found, too."""
    spec = find_spec("conformance")
    folders = (spec and spec.submodule_search_locations) or ()
    suites = [path for folder in folders if (path := Path(folder, "suite")).exists()]
    return bool(suites) and not suites[0].samefile(SUITE)


def arguments_of_suite() -> list[str]:
    """Return the arguments of a pytest session of the whole suite that nothing outside changes."""
    loaded = [word for plugin in PLUGINS for word in ("-p", plugin)]
    ours = ["-c", str(SUITE / "pytest.ini"), "--rootdir", str(SUITE), "--import-mode=importlib"]
    return [*loaded, *ours, "-p", "no:terminal", str(SUITE)]


@contextmanager
def without_pytest_variables() -> Iterator[None]:
    """Remove every PYTEST_ variable while pytest runs, and keep installed plugins from loading."""
    saved = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PYTEST_")}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("PYTEST_")]:
            del os.environ[name]
        os.environ.update(saved)
