"""Whatever is changed between the run and its reader is named, each in a sentence of its own."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance.certificate.bundle import BrokenBundle, pack_bundle
from onceproof.conformance.certificate.keys import write_key_pair
from onceproof.conformance.certificate.sign import sign_run
from onceproof.conformance.certificate.verify import Answer
from onceproof.conformance.history import pack
from onceproof.conformance.history.packing import packed_path
from onceproof.conformance.run_folder import EVIDENCE, HISTORY
from onceproof.reports.document import dump, load
from tests.certificate.signed_run import DAYS, Json, SignedRun, find_line
from tests.judgement.finished import TWICE, finished, stored

Deed = Callable[[SignedRun], Answer]


def pass_a_failure(statement: Json) -> None:
    find_line(statement, "QUE-02")["verdict"] = "PASS"


def drop_a_requirement(statement: Json) -> None:
    lines = statement["predicate"]["denominator"]["requirements"]
    lines.remove(find_line(statement, "QUE-02"))


def claim(**blocks: Any) -> Callable[[Json], None]:
    return lambda statement: statement["predicate"].update(blocks)


def change_the_verdict(run: SignedRun) -> Answer:
    run.forge(pass_a_failure, sign=False)
    return run.verify()


def change_the_verdict_and_sign(run: SignedRun) -> Answer:
    run.forge(pass_a_failure, sign=True)
    return run.verify()


def remove_a_requirement(run: SignedRun) -> Answer:
    run.forge(drop_a_requirement, sign=True)
    return run.verify()


def change_the_history(run: SignedRun) -> Answer:
    history = run.run / HISTORY
    packed_path(history).unlink()
    stored(history, [record for record in TWICE if record.value.get("token") != 2])
    pack(history)
    return run.verify()


def change_the_history_and_its_seal(run: SignedRun) -> Answer:
    """The work of somebody who knows the format, and has no key."""
    (run.run / EVIDENCE).unlink()
    packed_path(run.run / HISTORY).unlink()
    finished(run.run, [record for record in TWICE if record.value.get("token") != 2])
    return run.verify()


def change_a_report(run: SignedRun) -> Answer:
    with (run.run / "report.html").open("ab") as file:
        file.write(b"all is well")
    return run.verify()


def change_the_results(run: SignedRun) -> Answer:
    path = run.run / "results.json"
    path.write_bytes(path.read_bytes().replace(b'"FAIL"', b'"PASS"'))
    return run.verify()


def lose_the_history(run: SignedRun) -> Answer:
    packed_path(run.run / HISTORY).unlink()
    return run.verify()


def add_a_history(run: SignedRun) -> Answer:
    lane = run.run / "lanes" / "1"
    lane.mkdir(parents=True)
    stored(lane / HISTORY, TWICE)
    return run.verify()


def sign_with_another_key(run: SignedRun) -> Answer:
    run.key = run.home / "other"
    write_key_pair(run.key)
    return run.verify()


def remove_the_signature(run: SignedRun) -> Answer:
    envelope = json.loads(run.certificate.read_bytes())
    run.certificate.write_text(json.dumps({**envelope, "signatures": []}), encoding="utf-8")
    return run.verify()


def wait_too_long(run: SignedRun) -> Answer:
    return run.verify(at=datetime(2046, 1, 1))


def look_too_early(run: SignedRun) -> Answer:
    return run.verify(at=datetime(2026, 1, 1))


def swap_the_target(run: SignedRun) -> Answer:
    """The certificate of another server, over the evidence of this one."""
    run.forge(
        claim(target={"name": "theirs", "strength": "verified", "digest": "0", "facts": {}}),
        sign=True,
    )
    return run.verify()


def swap_the_run(run: SignedRun) -> Answer:
    other = run.home / "elsewhere"
    other.mkdir()
    finished(other)
    sign_run(other, run.private, days=DAYS)
    shutil.copy(other / "certificate.json", run.certificate)
    return run.verify()


def lie_about_the_root(run: SignedRun) -> Answer:
    run.forge(lambda each: each["predicate"]["evidence"].update(merkleRoot="0" * 64), sign=True)
    return run.verify()


def name_a_file_outside(run: SignedRun) -> Answer:
    run.forge(
        lambda each: each["predicate"]["evidence"]["files"][0].update(path="../key"), sign=True
    )
    return run.verify()


def claim_a_better_outcome(run: SignedRun) -> Answer:
    run.forge(lambda each: each["predicate"]["result"].update(outcome="certified"), sign=True)
    return run.verify()


def demand_more(run: SignedRun) -> Answer:
    answer = run.verify()
    answer.demand_outcome("partial", "probes")
    return answer


TAMPERING = {
    change_the_verdict: "the signature does not fit: the certificate was altered after it was",
    change_the_verdict_and_sign: (
        "denominator.requirements[QUE-02].verdict is 'PASS' in the certificate, 'FAIL' by the"
    ),
    remove_a_requirement: "denominator.requirements[QUE-02] is missing in the certificate: by the",
    change_the_history: "evidence 'history.jsonl.zst' was altered: ",
    change_the_history_and_its_seal: "evidence 'evidence.json' was altered: ",
    change_a_report: "evidence 'report.html' was altered: ",
    change_the_results: "evidence 'results.json' was altered: ",
    lose_the_history: "evidence 'history.jsonl.zst' is missing",
    add_a_history: "evidence 'lanes/1/history.jsonl' was added: the certificate does not name it",
    sign_with_another_key: "another key signed it: sha256:",
    remove_the_signature: "it is not signed",
    wait_too_long: "it expired on 2035-12-30T00:01:00+00:00: certify again",
    look_too_early: "and not yet on 2026-01-01",
    swap_the_target: "it certifies 'theirs', but the evidence is about 'reference'",
    swap_the_run: "evidence 'results.json' was altered: ",
    lie_about_the_root: "the Merkle root of its evidence is ",
    name_a_file_outside: "its evidence '../key' lies outside of the run's folder",
    claim_a_better_outcome: "result.outcome is 'certified' in the certificate, 'failed' by the",
    demand_more: "its outcome is 'failed', but --outcome demands 'partial'",
}


@pytest.mark.parametrize(
    ("deed", "sentence"), TAMPERING.items(), ids=[deed.__name__ for deed in TAMPERING]
)
def test_tampering_is_named(deed: Deed, sentence: str, tmp_path: Path) -> None:
    answer = deed(SignedRun(tmp_path))
    assert answer.exit_status == 10
    assert any(sentence in fault for fault in answer.faults), answer.faults


def test_changed_evidence_is_shown_with_the_verdicts_it_changes(tmp_path: Path) -> None:
    faults = change_the_history_and_its_seal(SignedRun(tmp_path)).faults
    verdict = "denominator.requirements[QUE-02].verdict is 'FAIL' in the certificate"
    assert any(fault.startswith(verdict) for fault in faults), faults


def test_what_only_another_version_derives_is_no_forgery(tmp_path: Path) -> None:
    run = SignedRun(tmp_path)

    def sign_elsewhere(statement: Json) -> None:
        pass_a_failure(statement)
        statement["predicate"]["signedBy"]["code"] = "sha256:of another version"

    run.forge(sign_elsewhere, sign=True)
    answer = run.verify()
    assert (answer.exit_status, answer.faults, answer.is_derived) == (11, [], False)
    assert answer.foreign


# -- bundles ---------------------------------------------------------------------------------


def packed(run: SignedRun) -> Path:
    pack_bundle(run.run, run.home / "bundle")
    return run.home / "bundle"


def test_a_bundle_is_the_same_each_time_and_verifies_alone(tmp_path: Path) -> None:
    run = SignedRun(tmp_path)
    first = packed(run).read_bytes()
    for path in run.run.rglob("*"):
        path.touch()
    bundle = packed(run)
    assert bundle.read_bytes() == first
    shutil.rmtree(run.run)
    answer = run.verify(bundle=bundle)
    assert (answer.exit_status, answer.is_derived) == (0, True)


@pytest.mark.parametrize("kept", [0, 1, 500, 0.5, -9, -1])
def test_a_bundle_that_was_cut_says_so(kept: float, tmp_path: Path) -> None:
    run = SignedRun(tmp_path)
    whole = packed(run).read_bytes()
    bundle = tmp_path / "cut"
    bundle.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else int(kept)])
    with pytest.raises(BrokenBundle, match=r"is cut or damaged \(.*\): get it again") as caught:
        run.verify(bundle=bundle)
    assert caught.value.exit_status == 10


def test_what_was_added_to_a_bundle_is_seen(tmp_path: Path) -> None:
    run = SignedRun(tmp_path)
    bundle = packed(run)
    bundle.write_bytes(bundle.read_bytes() + b"more")
    with pytest.raises(BrokenBundle, match="something was added to the bundle after its end"):
        run.verify(bundle=bundle)


def test_a_bundle_holds_only_what_its_certificate_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from onceproof.conformance.certificate import bundle as module

    run = SignedRun(tmp_path)
    (run.run / "stowaway").write_text("x", encoding="utf-8")
    monkeypatch.setattr(module, "SIGNED", (*module.SIGNED, "stowaway"))
    bundle = packed(run)
    monkeypatch.undo()
    with pytest.raises(BrokenBundle, match="'stowaway' is not what its certificate names"):
        run.verify(bundle=bundle)


def test_a_bit_that_flipped_is_seen(tmp_path: Path) -> None:
    run = SignedRun(tmp_path)
    bundle = packed(run)
    content = bytearray(bundle.read_bytes())
    for place in range(9, len(content), len(content) // 12):
        changed = content.copy()
        changed[place] ^= 0x10
        bundle.write_bytes(changed)
        with suppress(BrokenBundle):
            assert run.verify(bundle=bundle).exit_status == 10


def test_an_old_document_without_the_code_is_signed_all_the_same(tmp_path: Path) -> None:
    run = SignedRun(tmp_path)
    assert b'"code"' not in dump(load(run.run / "results.json"))
    assert "code" not in run.statement()["predicate"]["harness"]
    assert datetime.fromisoformat(run.statement()["predicate"]["validity"]["issued"]).tzinfo == UTC
