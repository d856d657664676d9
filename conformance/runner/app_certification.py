"""An application is certified before it is deployed: hosted here, in field mode, with faults."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from onceproof.conformance.app.diagnosis import INTERNAL, Fault, diagnose
from onceproof.conformance.app.manifest import Manifest, read_manifest
from onceproof.conformance.app.refusal import blame_app, build_all
from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.faults.fleet import keep_alive
from onceproof.conformance.field.driver.drive import Account
from onceproof.conformance.field.plan import FieldPlan
from onceproof.conformance.field.words import APP_FAULT, HOSTED
from onceproof.conformance.options import Options
from onceproof.conformance.runner.field_certification import FieldCertification
from onceproof.conformance.session import Session
from onceproof.conformance.targets.template import CONFIG_PATH
from onceproof.reports.progress import Progress

SAID = "--app"

#: How the server is set up for it: a node may hold the event loop for so many seconds, a worker
#: that is asked to end waits so long for its runs, and what a node writes is read back at once.
SETTINGS = {
    "BLOCKED_LOOP_LIMIT_SECS": "2",
    "BG_JOB_SHUTDOWN_GRACE_PERIOD_SECS": "1",
    "VERIFY_STATE": "true",
}


def host_app(options: Options, manifest: Manifest) -> Options:
    """Return options that host an application on the reference server.

    UsageError if they name another target. Variables of the user's own win.
    """
    for name in ("urls", "image", "command", "worker_command", "target_profile"):
        if getattr(options, name):
            spelled = "--" + name.removesuffix("s").replace("_", "-")
            raise UsageError(
                f"--app hosts your application on the reference server: drop {spelled}"
            )
    given = options.resolve_env()
    own = {CONFIG_PATH: str(manifest.path), **SETTINGS}
    missing = tuple(f"{name}={value}" for name, value in own.items() if name not in given)
    return replace(options, env=(*options.env, *missing))


class AppCertification(FieldCertification):
    """See `FieldCertification`; beside its oracles those of `field.application` judge."""

    has_suite = False  # the server comes from here

    def __init__(
        self, options: Options, plan: FieldPlan, command: str, progress: Progress, *, app: Path
    ) -> None:
        self._manifest = read_manifest(app)
        super().__init__(host_app(options, self._manifest), plan, command, progress)

    @contextmanager
    def _open(self, session: Session) -> Iterator[None]:
        with ExitStack() as opened:
            try:
                opened.enter_context(session)
            except TargetError:
                blame_app(session.folder, SAID)
                raise
            yield

    def _run(self, session: Session, account: Account) -> None:
        apis = [each.name for each in session.target.replicas if each.role != "worker"]
        levers = session.levers()
        build_all(
            session.target.urls[0],
            self._manifest.graphs,
            lambda: "".join(map(levers.log, apis)),
            SAID,
        )
        value = {"graphs": list(self._manifest.graphs)}
        session.history.add("mark", HOSTED, who="harness", value=value)
        with keep_alive(session, self._progress.phase):
            super()._run(session, account)
        self._note_faults(session)

    def _note_faults(self, session: Session) -> None:
        levers = session.levers()
        logs = {each.name: levers.log(each.name) for each in session.target.replicas}
        for fault in diagnose(logs):
            if fault.kind != INTERNAL:  # what was broken on purpose is in the logs, too
                session.history.add("mark", APP_FAULT, who="harness", value=_describe(fault))


def _describe(fault: Fault) -> dict[str, object]:
    return {
        "kind": fault.kind,
        "run_id": fault.run_id,
        "text": fault.text,
        "lost": fault.lost_worker,
    }
