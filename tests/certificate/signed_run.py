"""A finished run with its certificate, and the hand of somebody who has the key and lies."""

import atexit
import base64
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from onceproof.conformance.certificate.answer import verify_files
from onceproof.conformance.certificate.dsse import sign_payload
from onceproof.conformance.certificate.keys import load_private_key, load_public_key, write_key_pair
from onceproof.conformance.certificate.sign import sign_run
from onceproof.conformance.certificate.verify import Answer
from tests.judgement.finished import finished

Json = Any
#: The run of `finished` ended on the first day of this year.
DAYS = 3650


class SignedRun:
    """The folder of a run, `run`, and the key it was signed with, both below `home`."""

    def __init__(self, home: Path):
        """Copy the one run of this process into `home`."""
        shutil.copytree(make_signed_run(), home, dirs_exist_ok=True)
        self.home, self.run, self.key = home, home / "run", home / "key"
        self.certificate = self.run / "certificate.json"

    @property
    def private(self) -> Ed25519PrivateKey:
        return load_private_key(self.key, "--key")

    def verify(self, **more: Any) -> Answer:
        key = load_public_key(Path(f"{self.key}.pub"), "--key")
        named = {"run_dir": self.run} if "bundle" not in more else {}
        return verify_files(None, [key], **named, **more)

    def statement(self) -> Json:
        return read_payload(self.certificate)

    def forge(self, edit: Callable[[Json], object], *, sign: bool) -> None:
        """Change the statement; without `sign` the signature stays that of the honest one."""
        statement = self.statement()
        edit(statement)
        payload = json.dumps(statement).encode()
        if sign:
            self.certificate.write_bytes(sign_payload(payload, self.private))
            return
        envelope = json.loads(self.certificate.read_bytes())
        envelope["payload"] = base64.b64encode(payload).decode()
        self.certificate.write_text(json.dumps(envelope), encoding="utf-8")


@cache
def make_signed_run() -> str:
    """Make the one run of this process, and the key it was signed with."""
    home = Path(tempfile.mkdtemp(prefix="onceproof-signed-"))
    atexit.register(shutil.rmtree, home)
    (home / "run").mkdir()
    finished(home / "run")
    write_key_pair(home / "key")
    sign_run(home / "run", load_private_key(home / "key", "--key"), days=DAYS)
    return str(home)


def read_payload(path: Path) -> Json:
    """Return the statement in an envelope."""
    return json.loads(base64.b64decode(json.loads(path.read_bytes())["payload"]))


def find_line(statement: Json, id: str) -> Json:
    """Return a requirement's line of a statement."""
    lines = statement["predicate"]["denominator"]["requirements"]
    return next(line for line in lines if line["id"] == id)
