"""Pure functions from a history to findings; one module per guarantee.

Each module's docstring defines its anomaly, says what it costs, what it assumes, what is lawful,
and what it cannot see. A module of `guarantees` is a check by being there: it has the function
`check`, its `PLACE` among the results, and `NEEDS` if it cannot pass on every history. No check
reads a clock, a file or the network, so a stored history gives the same verdicts for ever.
"""

import gc
from collections.abc import Callable, Sequence
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

from onceproof.conformance.checks import assumptions, guarantees
from onceproof.conformance.checks.result import CAP, CheckResult, Finding
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.verdict import Verdict

Check = Callable[[Sequence[Record]], CheckResult]


def _find_modules() -> dict[str, ModuleType]:
    """Return the assumptions and every module of `guarantees`, in the order of the results.

    That order is part of results.json, which a recheck compares byte for byte, so each module
    says its own `PLACE` in it.
    """
    places = walk_packages(guarantees.__path__, f"{guarantees.__name__}.")
    found = {
        each.name.rpartition(".")[2]: import_module(each.name) for each in places if not each.ispkg
    }
    found["assumptions"] = assumptions
    return dict(sorted(found.items(), key=lambda item: (item[1].PLACE, item[0])))


_MODULES = _find_modules()
CHECKS: dict[str, Check] = {name: module.check for name, module in _MODULES.items()}
#: The mark (see `witnessed`) that a history must show before a check may pass, where it needs one.
NEEDS: dict[str, str] = {
    name: module.NEEDS for name, module in _MODULES.items() if hasattr(module, "NEEDS")
}

UNFOUNDED = "not evaluated, because the assumptions about the history failed"


def run_all(history: Sequence[Record]) -> list[CheckResult]:
    """Run every check in the order of `CHECKS`, the assumptions first.

    When they fail, the history is not evidence, and every other check is INCONCLUSIVE.
    """
    # What is derived from a history refers to nothing that refers back, and it is large: walking
    # it again and again in search of cycles would cost more than the checks.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _run_all(View.of(history))
    finally:
        if collecting:
            gc.enable()


def _run_all(view: View) -> list[CheckResult]:
    first = assumptions.check(view)
    others = [name for name in CHECKS if name != first.check]
    if first.verdict is Verdict.ERROR:
        return [first, *map(_leave_open, others)]
    return [first, *(CHECKS[name](view) for name in others)]


def _leave_open(name: str) -> CheckResult:
    return CheckResult(name, Verdict.INCONCLUSIVE, (), {}, (), UNFOUNDED)


__all__ = ["CAP", "CHECKS", "NEEDS", "Check", "CheckResult", "Finding", "run_all"]
