"""Where a deployment runs that we did not start, and how its replicas are found and broken there.

A platform is a module of this folder with `survey`, which looks at what runs and returns a
`Found`: the replicas, how they are reached, and levers on each, of which `SuppliedLevers` makes the
hands of a target, as it does of commands that an operator gives. It is named as `--levers` says it:
compose:PROJECT or kubernetes:NAMESPACE/SELECTOR.
"""

from collections.abc import Callable, Sequence

from onceproof.conformance.errors import UsageError
from onceproof.conformance.targets.platforms import compose, kubernetes
from onceproof.conformance.targets.platforms.found import Found

#: platform -> what its part of the option is called, and who looks.
_PLATFORMS: dict[str, tuple[str, Callable[[str, Sequence[str], Sequence[str]], Found]]] = {
    "compose": ("PROJECT", compose.survey),
    "kubernetes": ("NAMESPACE/SELECTOR", kubernetes.survey),
}
FORMS = " or ".join(f"{name}:{form}" for name, (form, _) in _PLATFORMS.items())


def survey(option: str, urls: Sequence[str], workers: Sequence[str]) -> Found:
    """Return what runs on the platform that `--levers` names.

    `urls` and `workers` are what `--url` and `--worker` say besides: they win over what is seen.
    UsageError for servers of unclear role, TargetError for what is not there.
    """
    name, colon, place = option.partition(":")
    if name not in _PLATFORMS or not colon or not place.strip():
        raise UsageError(f"--levers {option!r} names no platform: write {FORMS}")
    return _PLATFORMS[name][1](place.strip(), urls, workers)
