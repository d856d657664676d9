"""The results document, `onceproof/results/1`: the one source of every report.

    Results
    ├── harness, run, target, stack, environment   who tested what, where and how
    ├── outcome, exit_status, counts, profiles     what it amounts to  (reports.outcome)
    ├── judgement                                  what its verdicts say, and why
    │   └── reasons[]
    ├── requirements[]                             the denominator: each with its verdict
    │   └── tests[]
    ├── checks[]                                   what the history checkers found
    │   └── findings[]
    ├── deviations[]                               failures known beforehand (reports.deviations)
    ├── marks[]                                    what was witnessed, and how often
    ├── faults[]                                   what was broken, from when to when
    ├── load                                       null, or what was carried while proven
    │   ├── series[]
    │   └── operations[]
    ├── chaos                                      what only a chaos has: clients, recovery times
    ├── field                                      what only field mode has: graph, plan, runs
    └── tests                                      totals of the test run

Unknown fields are ignored, so that a newer document of the same major version can be read (with
`reports.document`). Fields that came later (`judgement`, `chaos`, `field`, `attempts`, ...) may
be missing, which is not null: a document without them stays without them when written again.
All `t_s` and `heal_s` count from the start of the run; of a load's points from `load.start_s`.
"""

from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.register.deviation import KnownDeviation
from onceproof.conformance.verdict import Verdict
from onceproof.reports.attempts import Attempts
from onceproof.reports.chaos import Chaos
from onceproof.reports.field import Field
from onceproof.reports.load import Load

SCHEMA: Final = "onceproof/results/1"

Level = Literal["MUST", "SHOULD", "MAY"]
Scope = Literal["core", "ext", "plat"]
Outcome = Literal["certified", "partial", "failed", "inconclusive"]
Ending = Literal["passed", "failed", "skipped", "error"]
Standing = Literal["known", "open", "passed", "unknown", "unjudged", "unseen", "expired"]

#: What a target, a stack or a machine says of itself, under names of its own.
Facts = dict[str, Any]


class Harness(msgspec.Struct, frozen=True, kw_only=True):
    """The program that judged; `commit` is null outside of a checkout, and `code` is the digest of
    the program's files."""

    name: str
    version: str
    python: str
    commit: str | None = None
    code: str | UnsetType = UNSET


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One certification: times in UTC (ISO 8601), the command that repeats it, its folder.

    `only` holds the beginnings of the ids that were selected, empty for the whole suite, and
    `profiles` those that were declared, empty for all. A recommendation fails a `strict` one.
    """

    id: str
    started: str
    finished: str
    seconds: float
    command: str
    seed: int | str | None = None
    folder: str
    only: list[str] = []
    profiles: list[str] = []
    strict: bool | UnsetType = UNSET


class Deviation(KnownDeviation, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A failure that the target's profile lists: why, where it is discussed, its last day.

    `standing` says what this run made of the entry; "known" excuses the failure. One that is
    `intermittent` comes of a race, so that a run in which it is not seen proves nothing.
    """

    standing: Standing = "open"


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """One test that bears on a requirement."""

    nodeid: str
    outcome: Ending
    seconds: float
    message: str | None = None


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement and what became of it.

    `judged_by` is any server, any graph or probes, `checks` the checkers that speak, `observed`
    the accepted forms seen, `replay` a command for it alone, `deviation` what excuses it.
    """

    id: str
    title: str
    text: str
    level: Level
    scope: Scope
    profile: str
    chapter: str
    verdict: Verdict
    reason: str | None = None
    judged_by: str | UnsetType = UNSET
    tests: list[Test] = []
    checks: list[str] = []
    observed: list[str] = []
    replay: str | None = None
    deviation: Deviation | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One anomaly: `records` are the indices of its records in `history`, a file of the run.

    `timeline` has them in words, `attempts` who worked on the run, `replay` a command for it.
    """

    key: str
    sentence: str
    expected: str
    actual: str
    records: list[int] = []
    history: str | None = None
    timeline: list[str] = []
    replay: str | None = None
    attempts: Attempts | UnsetType = UNSET


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One history checker's answer; `findings` may be the first few of `findings_total`."""

    check: str
    verdict: Verdict
    reason: str | None = None
    counts: dict[str, int] = {}
    findings: list[Finding] = []
    findings_total: int = 0
    notices: list[str] = []


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A situation that verdicts rest on, and how often the run has witnessed it."""

    mark: str
    title: str
    count: int


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One injected fault; `heal_s` is null if it was never healed."""

    fault: str
    t_s: float
    heal_s: float | None = None
    replica: str | None = None
    note: str | None = None


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """How the tests ended; tests, not requirements."""

    total: int
    passed: int
    failed: int
    skipped: int
    errors: int


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One profile's outcome with its denominator.

    `declared` is null if no profile was, `offered` if nothing says whether the target has it.
    """

    profile: str
    outcome: Outcome
    total: int
    counts: dict[str, int]
    declared: bool | None = None
    offered: bool | None = None


class Reason(msgspec.Struct, frozen=True):
    """Why the outcome is what it is: a sentence, and the ids or names that it is about."""

    sentence: str
    names: tuple[str, ...] = ()


class Judgement(msgspec.Struct, frozen=True):
    """What the verdicts amount to, and why; the reasons that decided come first.

    The document's own outcome differs only where the harness withdraws a claim: after an
    interruption, or where it failed or could not see enough.
    """

    outcome: Outcome
    exit_status: int
    reasons: tuple[Reason, ...]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    schema: Literal["onceproof/results/1"]
    harness: Harness
    run: Run
    target: Facts
    stack: Facts
    environment: Facts = {}
    outcome: Outcome
    exit_status: int
    judgement: Judgement | UnsetType = UNSET
    counts: dict[str, int]
    profiles: list[Profile]
    requirements: list[Requirement]
    checks: list[Check] = []
    deviations: list[Deviation] = []
    marks: list[Mark] = []
    faults: list[Fault] = []
    load: Load | None = None
    chaos: Chaos | UnsetType = UNSET
    field: Field | UnsetType = UNSET
    tests: Totals

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the verdicts amount to what they do; () in a document without a judgement."""
        return () if self.judgement is UNSET else self.judgement.reasons

    @property
    def is_withdrawn(self) -> bool:
        """Whether less is claimed than the verdicts alone would say."""
        return self.judgement is not UNSET and self.judgement.outcome != self.outcome


class ResultsError(OnceproofError):
    """The results document cannot be used."""
