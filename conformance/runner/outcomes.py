"""The outcome of a test is the one that it had, whatever plugin would have it otherwise.

`onceproof certify` loads no plugins but its own. Plain pytest in somebody's project loads all that
are installed there, and one that reruns failures or rewrites reports decides what is said of the
target. So what reaches the reports is compared with what the test did, and a session in which the
two differ ends with a sentence instead of a verdict.
"""

import os

import pytest

from onceproof.conformance.stopping import stop_request

_OUTCOMES = pytest.StashKey[dict[tuple[str, str], str]]()

#: Options of plugins that a session of the suite is refused with, by the name of their value.
_REFUSED = {
    "reruns": "--reruns repeats a test until it passes",
    "timeout": "--timeout ends tests before their own limits do, and blames the target for it",
}

#: Modules that belong to pytest, to this project and to plugins that are named by their packages.
_OURS = {"_pytest", "pytest", "onceproof", "xdist", "anyio", "pluggy"}


def refuse_options(config: pytest.Config) -> None:
    """Raise UsageError for options of other plugins under which verdicts are none."""
    for name, why in _REFUSED.items():
        variable = os.environ.get(f"PYTEST_{name.upper()}")
        if config.getoption(name, None) or _read_ini(config, name) or variable:
            raise pytest.UsageError(
                f"{why}: leave it out (also of PYTEST_ADDOPTS, PYTEST_{name.upper()} and the "
                "configuration), or run onceproof certify, which no plugin reaches"
            )


def _read_ini(config: pytest.Config, name: str) -> object:
    """The value in a configuration file; None where no plugin knows the name."""
    try:
        return config.getini(name)
    except ValueError:
        return None


def note_outcome(item: pytest.Item, report: pytest.TestReport) -> None:
    """Keep the outcome of one phase of a test; a second one that is another ends the session."""
    noted = item.config.stash.setdefault(_OUTCOMES, {})
    noted[report.nodeid, str(report.when)] = report.outcome


def demand_outcome(config: pytest.Config, report: pytest.TestReport) -> None:
    """End the session if the report says otherwise than the test did."""
    noted = config.stash.get(_OUTCOMES, {}).pop((report.nodeid, str(report.when)), None)
    if noted is None or noted == report.outcome:
        return
    sentence = (
        f"another plugin changed the outcome of {report.nodeid} from {noted} to {report.outcome}, "
        "so this session says nothing about the target: leave the plugin out with -p no:NAME, or "
        "run onceproof certify, which no plugin reaches"
    )
    stop_request.give_up(sentence)
    pytest.exit(sentence, pytest.ExitCode.USAGE_ERROR)


def list_plugins(config: pytest.Config) -> list[str]:
    """Return what was active besides pytest and this project, packages with their versions."""
    manager = config.pluginmanager
    packages = {dist.project_name: dist.version for _, dist in manager.list_plugin_distinfo()}
    modules = {
        getattr(plugin, "__name__", type(plugin).__module__)
        for _, plugin in manager.list_name_plugin()
        if plugin is not None
    }
    covered = {getattr(each, "__name__", "") for each, _ in manager.list_plugin_distinfo()} | _OURS
    loose = {m for m in modules if not any(m == c or m.startswith(f"{c}.") for c in covered)}
    named = [f"{name} {number}" for name, number in packages.items()]
    return [f"pytest {pytest.__version__}", *sorted({*named, *loose})]
