"""The rows of the table, by command."""

import os
import subprocess
from signal import SIGHUP, SIGINT, SIGTERM, Signals

from tests.commands.statuses import (
    LIMIT_S,
    PROGRAM,
    ROOT,
    SERVER,
    Ground,
    Row,
    broken,
    call,
    interrupt,
    into_closed_pipe,
    spawn,
    stand_in,
    with_files_of,
)
from tests.hearing import hear_signals

#: Only a fault that needs no stack.
CHAOS = ("--stack", "none", "--fault", "worker-killed")
UNREACHABLE = ("--url", "http://127.0.0.1:1")


def key_of(g: Ground) -> tuple[object, ...]:
    """The key of the signed run; that has ended long ago."""
    return "--key", g.home / "key", "--valid-days", 3650


def pack(g: Ground) -> tuple[object, object]:
    """A bundle, and the public key that verifies it."""
    signed = g.signed
    call("bundle", signed.run, "-o", g.home / "b.zst")
    return g.home / "b.zst", f"{signed.key}.pub"


def cut_bundle(g: Ground) -> tuple[object, object]:
    """The same, cut in the middle."""
    bundle, key = pack(g)
    path = g.home / "b.zst"
    path.write_bytes(path.read_bytes()[:-200])
    return bundle, key


def new(g: Ground) -> tuple[object, object]:
    """A new folder of a run."""
    return "--run-dir", g.home / "new"


def alter(g: Ground) -> object:
    """A signed run of which the results were altered."""
    path = g.signed.run / "results.json"
    path.write_bytes(path.read_bytes().replace(b'"seconds": 60.0', b'"seconds": 61.0'))
    return g.home / "run"


def tabulate(g: Ground, run: object) -> int:
    return call("matrix", run, "-o", g.home / "matrix.html")


def full(*words: object) -> int:
    """Call it with a full device as its output."""
    with open("/dev/full", "wb") as device:
        return spawn(*words, stdout=device)


def interrupted(g: Ground, number: Signals) -> int:
    words = stand_in(g, "--only", "S")
    return interrupt(number, words, "running the suite")


def stop_reading(g: Ground, number: Signals) -> int:
    """Send a signal to a command that waits for the end of its input."""
    pipe = g.home / "pipe"
    os.mkfifo(pipe)
    words = [*PROGRAM, "report", str(pipe), "--format", "json"]
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(words, stderr=nowhere, preexec_fn=hear_signals, cwd=ROOT)
    with process, pipe.open("wb"):  # returns when it reads
        process.send_signal(number)
        return process.wait(LIMIT_S)


#: Runs of a server, which take seconds each.
RUNS = (
    Row(
        "certify",
        "a required behaviour failed",
        10,
        lambda g: spawn(*stand_in(g, "--only", "SYS-0")),
    ),
    Row(
        "certify --strict",
        "a recommendation is not met",
        10,
        lambda g: spawn(*stand_in(g, "--only", "SYS-01", "--only", "SYS-04", "--strict")),
    ),
    Row(
        "certify",
        "nothing of what was asked could be judged",
        11,
        lambda g: spawn(*stand_in(g, "--only", "QUE-21")),
    ),
    Row(
        "certify",
        "what was asked passed, and the rest was not asked",
        12,
        lambda g: spawn(*stand_in(g)),
    ),
    Row(
        "certify",
        "its reader has gone (`certify \\| head -1`)",
        12,
        lambda g: into_closed_pipe(*stand_in(g)),
    ),
    Row("certify", "standard output is on a full disk", 12, lambda g: full(*stand_in(g))),
    Row(
        "certify",
        "no room in the run folder at the start",
        64,
        lambda g: spawn(*stand_in(g), preexec_fn=with_files_of(1 << 20)),
    ),
    Row(
        "certify",
        "the server ends as it is started",
        69,
        lambda g: call(
            "certify",
            "--command",
            f"{SERVER} --exit 3",
            "--stack",
            "none",
            "--run-dir",
            g.home / "new",
        ),
    ),
    Row(
        "certify",
        "the disk fills up during the run",
        70,
        lambda g: broken("fill", *stand_in(g, "--only", "SYS")),
    ),
    Row(
        "certify",
        "a report that was written reads otherwise",
        70,
        lambda g: broken("lie", *stand_in(g)),
    ),
    Row("certify", "SIGINT", 130, lambda g: interrupted(g, SIGINT)),
    Row("certify", "SIGTERM", 130, lambda g: interrupted(g, SIGTERM)),
    Row("certify", "SIGHUP", 130, lambda g: interrupted(g, SIGHUP)),
    Row(
        "chaos",
        "the server ends as it is started",
        69,
        lambda g: call("chaos", "--command", f"{SERVER} --exit 3", *CHAOS, *new(g)),
    ),
)
REFUSED = (
    Row("certify", "an unknown option", 64, lambda g: call("certify", "--nonsense")),
    Row(
        "certify", "an option that needs another", 64, lambda g: call("certify", "--assistant", "a")
    ),
    Row(
        "certify",
        "a file of an option is missing",
        64,
        lambda g: call("certify", *UNREACHABLE, "--ca", g.gone),
    ),
    Row(
        "certify", "the key of `--sign` is missing", 64, lambda g: call("certify", "--sign", g.gone)
    ),
    Row(
        "certify",
        "the run folder holds a run already",
        64,
        lambda g: call("certify", *UNREACHABLE, "--run-dir", g.run),
    ),
    Row(
        "certify",
        "the run folder cannot be written",
        64,
        lambda g: call("certify", *UNREACHABLE, "--run-dir", "/proc/run"),
    ),
    Row(
        "certify",
        "the server refuses the credentials",
        64,
        lambda g: call("certify", "--url", f"{g.stranger}/closed", *new(g)),
    ),
    Row(
        "certify",
        "nothing answers at the URL",
        69,
        lambda g: call("certify", *UNREACHABLE, *new(g)),
    ),
    Row(
        "certify",
        "what answers is no Agent Server",
        69,
        lambda g: call("certify", "--url", g.stranger, *new(g)),
    ),
    Row(
        "certify",
        "Postgres or Redis cannot be reached",
        69,
        lambda g: call(
            "certify",
            "--database-uri",
            "postgresql://127.0.0.1:1/d",
            "--redis-uri",
            "redis://127.0.0.1:1",
            "--run-dir",
            g.home / "new",
        ),
    ),
)
LIVE = (
    Row("chaos", "an unknown kind of fault", 64, lambda g: call("chaos", "--fault", "nonsense")),
    Row(
        "chaos",
        "there is no way to break the server of `--url`",
        64,
        lambda g: call("chaos", *UNREACHABLE, *new(g)),
    ),
    Row("bench", "others may use the server", 64, lambda g: call("bench", *UNREACHABLE)),
    Row(
        "bench",
        "nothing answers at the URL",
        69,
        lambda g: call("bench", *UNREACHABLE, "--exclusive", *new(g)),
    ),
    Row("load run", "others may use the server", 64, lambda g: call("load", "run", *UNREACHABLE)),
    Row(
        "load run",
        "there is no such profile",
        64,
        lambda g: call("load", "run", "--profile", "sometimes"),
    ),
    Row(
        "load capacity",
        "nothing answers at the URL",
        69,
        lambda g: call("load", "capacity", *UNREACHABLE, "--exclusive", *new(g)),
    ),
    Row("doctor", "no server is named", 64, lambda g: call("doctor")),
    Row(
        "doctor",
        "the server refuses the credentials",
        64,
        lambda g: call("doctor", "--url", f"{g.stranger}/closed"),
    ),
    Row("doctor", "nothing answers at the URL", 69, lambda g: call("doctor", *UNREACHABLE)),
    Row(
        "doctor",
        "what answers is no Agent Server",
        69,
        lambda g: call("doctor", "--url", g.stranger),
    ),
    Row("clean", "no server is named", 64, lambda g: call("clean")),
    Row(
        "clean",
        "the folder holds no run",
        64,
        lambda g: call("clean", *UNREACHABLE, "--run-dir", g.home),
    ),
    Row("clean", "nothing answers at the URL", 69, lambda g: call("clean", *UNREACHABLE)),
    Row("serve", "options that need `--app`", 64, lambda g: call("serve", "--port", "1")),
    Row("serve", "the application is missing", 64, lambda g: call("serve", "--app", g.gone)),
)
DERIVED = (
    Row(
        "recheck", "the verdicts are those that the run wrote", 0, lambda g: call("recheck", g.run)
    ),
    Row("recheck", "the verdicts differ", 10, lambda g: call("recheck", alter(g))),
    Row(
        "recheck --only",
        "the check finds something",
        10,
        lambda g: call("recheck", g.run, "--only", "duplicate"),
    ),
    Row("recheck", "no such folder", 64, lambda g: call("recheck", g.gone)),
    Row("recheck", "the evidence is cut", 70, lambda g: call("recheck", g.cut("evidence.json"))),
    Row("recheck", "the history is cut", 70, lambda g: call("recheck", g.cut("history.jsonl.zst"))),
    Row("report", "it was printed", 0, lambda g: spawn("report", g.run, "--format", "markdown")),
    Row(
        "report -o",
        "it was written and read again",
        0,
        lambda g: call("report", g.run, "--format", "html", "-o", g.home / "o"),
    ),
    Row("report", "no such folder", 64, lambda g: call("report", g.gone, "--format", "json")),
    Row("report", "an unknown format", 64, lambda g: call("report", g.run, "--format", "pdf")),
    Row(
        "report -o",
        "the file cannot be written",
        64,
        lambda g: call("report", g.run, "--format", "json", "-o", g.gone / "o"),
    ),
    Row(
        "report",
        "the results are cut",
        70,
        lambda g: call("report", g.cut("results.json"), "--format", "json"),
    ),
    Row("report", "SIGINT", 130, lambda g: stop_reading(g, SIGINT)),
    Row("report", "SIGTERM", 130, lambda g: stop_reading(g, SIGTERM)),
    Row("report", "SIGHUP", 130, lambda g: stop_reading(g, SIGHUP)),
    Row(
        "report",
        "it was not printed whole: a full disk",
        70,
        lambda g: full("report", g.run, "--format", "html"),
    ),
    Row(
        "report",
        "it was not printed whole: its reader has gone",
        70,
        lambda g: into_closed_pipe("report", g.run, "--format", "html"),
    ),
    Row(
        "report -o",
        "what was written reads otherwise",
        70,
        lambda g: broken("lie", "report", g.run, "--format", "html", "-o", g.home / "o"),
    ),
    Row("matrix", "the page was written and read again", 0, lambda g: tabulate(g, g.run)),
    Row("matrix", "no such folder", 64, lambda g: tabulate(g, g.gone)),
    Row("matrix", "the results are cut", 70, lambda g: tabulate(g, g.cut("results.json"))),
    Row(
        "matrix",
        "a certificate does not hold",
        10,
        lambda g: call("matrix", alter(g), "--key", g.home / "key.pub", "-o", g.home / "m.html"),
    ),
    Row(
        "matrix",
        "the file cannot be written",
        64,
        lambda g: call("matrix", g.run, "-o", g.gone / "m"),
    ),
    Row(
        "matrix",
        "what was written reads otherwise",
        70,
        lambda g: broken("lie", "matrix", g.run, "-o", g.home / "m.html"),
    ),
    Row("compare", "nothing got worse", 0, lambda g: call("compare", g.run, g.run)),
    Row("compare", "a verdict or a figure got worse", 10, lambda g: call("compare", *g.worse())),
    Row("compare", "less is shown than before", 11, lambda g: call("compare", *g.less())),
    Row("compare", "no such folder", 64, lambda g: call("compare", g.gone, g.run)),
    Row(
        "compare",
        "no percentage",
        64,
        lambda g: call("compare", g.run, g.run, "--max-regression", "much"),
    ),
    Row(
        "compare",
        "the results are cut",
        70,
        lambda g: call("compare", g.cut("results.json"), g.run),
    ),
    Row("requirements", "they were listed", 0, lambda g: call("requirements", "QUE")),
    Row(
        "requirements", "there is none with this id", 64, lambda g: call("requirements", "NONSENSE")
    ),
    Row("probes export", "they were written", 0, lambda g: call("probes", "export", g.home / "p")),
    Row(
        "probes export",
        "the folder cannot be written",
        64,
        lambda g: call("probes", "export", "/proc/probes"),
    ),
)
SIGNING = (
    Row(
        "keygen",
        "both keys were written and read again",
        0,
        lambda g: call("keygen", "--out", g.home / "k"),
    ),
    Row("keygen", "the file exists already", 64, lambda g: call("keygen", "--out", g.signed.key)),
    Row(
        "keygen",
        "what was written reads otherwise",
        70,
        lambda g: broken("lie", "keygen", "--out", g.home / "k"),
    ),
    Row(
        "sign",
        "the documents were written and read again",
        0,
        lambda g: call("sign", g.signed.run, *key_of(g)),
    ),
    Row("sign", "no such run", 64, lambda g: call("sign", g.gone, "--key", g.signed.key)),
    Row("sign", "no such key", 64, lambda g: call("sign", g.run, "--key", g.gone)),
    Row(
        "sign",
        "the results do not follow from the evidence",
        70,
        lambda g: call("sign", alter(g), *key_of(g)),
    ),
    Row(
        "sign",
        "what was written reads otherwise",
        70,
        lambda g: broken("lie", "sign", g.signed.run, *key_of(g)),
    ),
    Row(
        "bundle",
        "it was written and read again",
        0,
        lambda g: call("bundle", g.signed.run, "-o", g.home / "b"),
    ),
    Row("bundle", "the run is not signed", 64, lambda g: call("bundle", g.run, "-o", g.home / "b")),
    Row(
        "bundle",
        "the run is not as it was signed",
        64,
        lambda g: call("bundle", alter(g), "-o", g.home / "b"),
    ),
    Row(
        "bundle",
        "the file cannot be written",
        64,
        lambda g: call("bundle", g.signed.run, "-o", g.gone / "b"),
    ),
    Row(
        "bundle",
        "what was written reads otherwise",
        70,
        lambda g: broken("lie", "bundle", g.signed.run, "-o", g.home / "b"),
    ),
    Row(
        "verify",
        "the certificate holds",
        0,
        lambda g: call("verify", "--run-dir", g.signed.run, "--key", g.home / "key.pub"),
    ),
    Row(
        "verify",
        "it does not: something was altered",
        10,
        lambda g: call("verify", "--run-dir", alter(g), "--key", g.home / "key.pub"),
    ),
    Row(
        "verify",
        "it does not: the bundle is cut",
        10,
        lambda g: call("verify", "--bundle", (b := cut_bundle(g))[0], "--key", b[1]),
    ),
    Row(
        "verify",
        "no such certificate",
        64,
        lambda g: call("verify", g.gone, "--key", f"{g.signed.key}.pub"),
    ),
    Row(
        "verify",
        "no such key",
        64,
        lambda g: call("verify", "--run-dir", g.signed.run, "--key", g.gone),
    ),
)
ROWS = (*RUNS, *REFUSED, *LIVE, *DERIVED, *SIGNING)
