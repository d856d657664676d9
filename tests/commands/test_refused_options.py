"""What cannot be used is refused at once, in one sentence that names it, before anything starts."""

import shlex

import pytest

from onceproof.conformance.cli import main
from onceproof.conformance.errors import USAGE

REFUSED = {
    "certify --only XYZ": "no requirement id starts with 'XYZ'",
    "certify --profiles qeue": "unknown --profiles 'qeue'; choose from core, queue,",
    "certify --stack contaners": "'contaners' is not one of 'embedded', 'containers',",
    "certify --load-users 0": "'--load-users': 0 is not in the range",
    "certify --target-profile nobody": "--target-profile 'nobody' cannot be read",
    "certify --url http://127.0.0.1:1 --lever kil=x": "--lever 'kil=x' names no lever",
    "bench --peer nobody": "--peer 'nobody' is neither a known profile (aegra,",
    "chaos --fault flood": "unknown --fault 'flood'; choose one of worker-killed,",
    "recheck nowhere": "'nowhere' holds no results.json",
    "requirements QQQ": "no requirement id starts with 'QQQ'",
    "demo": "No such command 'demo'",
}


@pytest.mark.parametrize(("line", "sentence"), REFUSED.items())
def test_a_refusal_is_one_sentence_that_names_what_was_given(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(line))
    output = capsys.readouterr()
    assert ended.value.code == USAGE
    assert sentence in output.err
    assert output.err.startswith("onceproof: ")
    assert (output.err.count("\n"), output.out) == (1, "")
