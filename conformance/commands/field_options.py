"""The options of `onceproof certify` that ask for field mode, and the plan that they make."""

from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import click

from onceproof.conformance.commands.filled import option
from onceproof.conformance.errors import UsageError

if TYPE_CHECKING:
    from onceproof.conformance.field.plan import FieldPlan

FILE = click.Path(path_type=Path)

_OPTIONS = (
    option(
        "--app",
        "app",
        type=FILE,
        metavar="FILE",
        help="Field mode: certify your application itself, by its langgraph.json: it is hosted "
        "here, on the reference server with faults; see docs/your-graphs.md.",
    ),
    option(
        "--assistant",
        metavar="NAME",
        help="Field mode: certify the target by this graph or assistant of its own, without the "
        "probes; see docs/field-mode.md.",
    ),
    option("--input", "input_file", type=FILE, help="Inputs for it, as JSON list or JSON lines."),
    option("--resume", "resume_file", type=FILE, help="Answers for a graph that asks, likewise."),
    option("--context", "context_file", type=FILE, help="Its context, a JSON object."),
    option("--config", "config_file", type=FILE, help="Its config, a JSON object."),
    option(
        "--max-runs",
        type=click.IntRange(1, 10_000),
        help="At most so many runs in all.  [140]",
    ),
    option("--seed", type=int, help="Source of the plan and of all cuts.  [drawn]"),
    option(
        "--run-deadline",
        type=click.FloatRange(1),
        help="Seconds after which a run counts as stuck.  [300]",
    ),
    option(
        "--suite-seconds",
        type=click.FloatRange(0),
        help="Time for the suite beside it; 0: none.  [180 without probes, else all it takes]",
    ),
    option("--once-per-input", is_flag=True, default=None, help="Send no input twice."),
)
NAMES = (
    "assistant",
    "input_file",
    "resume_file",
    "context_file",
    "config_file",
    "max_runs",
    "seed",
    "run_deadline",
    "once_per_input",
    "suite_seconds",
)
#: What belongs to the suite and its load.
OF_THE_SUITE = ("only", "profiles", "lanes")
#: The files that the load reads by itself, by the variables that name them.
OF_THE_LOAD = {
    "ONCEPROOF_INPUT": "input_file",
    "ONCEPROOF_CONTEXT": "context_file",
    "ONCEPROOF_CONFIG": "config_file",
}


def field_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of field mode to a command."""
    for each in reversed(_OPTIONS):
        function = each(function)
    return function


def take_field(
    target: MutableMapping[str, Any], suite: Mapping[str, Any]
) -> "tuple[FieldPlan | None, Path | None]":
    """Take the options of field mode out of all others; its plan, and the application's file."""
    app: Path | None = target.pop("app")
    asked = {name: target.pop(name) for name in NAMES}
    if app is not None:
        asked["assistant"] = choose_graph(app, asked["assistant"])
    return plan_field(asked, suite), app


def plan_field(values: Mapping[str, Any], suite: Mapping[str, Any]) -> "FieldPlan | None":
    """Make the plan of a field certification; None if none is asked for.

    UsageError if options contradict each other or a file cannot be used.
    """
    set_values = {name: each for name, each in values.items() if each is not None}
    if not set_values:
        return None
    if "assistant" not in set_values:
        raise UsageError(
            f"{_spell(next(iter(set_values)))} is for field mode: add --assistant NAME"
        )
    if "input_file" not in set_values:
        raise UsageError(
            "--assistant needs inputs of its own: add --input FILE (docs/field-mode.md)"
        )
    for name in OF_THE_SUITE:
        if suite.get(name):
            raise UsageError(
                f"{_spell(name)} is for the suite, which --assistant does without: drop one"
            )
    return _make_plan(set_values, suite)


def _make_plan(values: Mapping[str, Any], suite: Mapping[str, Any]) -> "FieldPlan":
    from onceproof.conformance.field.inputs import load_object, load_values
    from onceproof.conformance.field.plan import MAX_RUNS, FieldPlan, OwnLoad

    context, config = values.get("context_file"), values.get("config_file")
    answers = values.get("resume_file")
    return FieldPlan(
        assistant=values["assistant"],
        inputs=load_values("--input", values["input_file"]),
        answers=load_values("--resume", answers) if answers else (),
        context=load_object("--context", context) if context else None,
        config=load_object("--config", config) if config else None,
        max_runs=values.get("max_runs", MAX_RUNS),
        seed=values.get("seed", SystemRandom().randrange(10**6)),
        deadline_s=values.get("run_deadline", 300.0),
        once_per_input=values.get("once_per_input", False),
        suite_s=values.get("suite_seconds"),
        load=OwnLoad(
            suite["load_seconds"],
            suite["load_users"],
            {name: str(values[each]) for name, each in OF_THE_LOAD.items() if each in values},
        ),
    )


def _spell(name: str) -> str:
    return "--" + name.removesuffix("_file").replace("_", "-")


def choose_graph(app: Path, named: str | None) -> str:
    """Return the graph of an application that is certified: the one named, or the only one.

    UsageError if the file is none, or names several and none is chosen.
    """
    from onceproof.conformance.app.manifest import read_manifest

    graphs = read_manifest(app).graphs
    if named is None and len(graphs) == 1:
        return graphs[0]
    if named not in graphs:
        what = f"has no graph {named!r}" if named else f"has {len(graphs)} graphs"
        raise UsageError(f"--app {str(app)!r} {what}: add --assistant, one of {', '.join(graphs)}")
    return named
