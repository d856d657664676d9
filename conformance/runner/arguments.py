"""Options as arguments again: for a lane, for a chaos that is played once more, or for a user."""

from onceproof.conformance.options import Options
from onceproof.conformance.runner.target_options import TARGET_OPTIONS


def as_arguments(options: Options, *, for_lanes: bool = False) -> list[str]:
    """Return arguments that describe the target of `options` again, to a lane or to a user.

    Lanes are pytest sessions and receive its names. The run's folder is left out: one that holds a
    run is not taken twice.
    """
    arguments: list[str] = []
    for option in TARGET_OPTIONS:
        if option.field != "run_dir":
            name = option.pytest_name if for_lanes else option.click_name
            arguments += repeat(name, getattr(options, option.field))
    return arguments


def repeat(name: str, value: object) -> list[str]:
    """Return an option and its value as arguments: each of a tuple, nothing for None or False."""
    if isinstance(value, bool):
        return [name] if value else []
    values = value if isinstance(value, tuple) else (value,)
    return [word for each in values if each is not None for word in (name, str(each))]
