"""Loading the register: what is right is kept as it is, what is not is named by file and id."""

from pathlib import Path

import pytest

from onceproof.conformance.errors import OnceproofError, UsageError
from onceproof.conformance.register import Requirement, get_requirement, load_register, select

SANE = {
    "id": '"RUN-01"',
    "title": '"Creating a run does not wait for it"',
    "text": '"The server MUST answer at once."',
    "level": '"MUST"',
    "scope": '"core"',
    "profile": '"core"',
    "sources": '["O", "D-bg"]',
}

NONE_EMPTY = "and none of them empty"


def entry(**changes: str | None) -> str:
    keys = {**SANE, **changes}
    lines = [f"{key} = {value}" for key, value in keys.items() if value is not None]
    return "\n".join(["[[requirement]]", *lines, ""])


def folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / f"{name}.toml").write_text(text, encoding="utf-8")
    return path


def test_a_sane_entry_is_kept_as_it_is(tmp_path):
    text = entry(accepted='["202", "204"]', checks='["lost"]', oracles='["recovers"]')
    assert load_register(folder(tmp_path, run=text)) == {
        "RUN-01": Requirement(
            id="RUN-01",
            title="Creating a run does not wait for it",
            text="The server MUST answer at once.",
            level="MUST",
            scope="core",
            profile="core",
            sources=("O", "D-bg"),
            accepted=("202", "204"),
            checks=("lost",),
            oracles=("recovers",),
        )
    }


def test_requirements_come_in_the_order_of_the_chapters(tmp_path):
    files = {
        "ast": entry(id='"AST-02"') + entry(id='"AST-01"'),
        "sys": entry(id='"SYS-01"'),
    }
    assert list(load_register(folder(tmp_path, **files))) == ["SYS-01", "AST-01", "AST-02"]


def test_what_is_loaded_belongs_to_the_caller():
    load_register().clear()
    assert load_register()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"wording": '"x"'}, "unknown key 'wording'"),
        ({"title": None}, "key 'title' is missing"),
        ({"title": '" "'}, "title must be a text that is not empty"),
        ({"title": "7"}, "title must be a text that is not empty"),
        ({"sources": '"O"'}, f"sources must be a list of at least one text, {NONE_EMPTY}"),
        ({"sources": "[]"}, f"sources must be a list of at least one text, {NONE_EMPTY}"),
        (
            {"accepted": "[202]"},
            f"accepted must be a list of at least one text, {NONE_EMPTY}",
        ),
        ({"level": '"SHALL"'}, "unknown level 'SHALL'; it is one of MUST, SHOULD, MAY"),
        ({"scope": '"all"'}, "unknown scope 'all'; it is one of core, ext, plat"),
        ({"profile": '"fast"'}, "unknown profile 'fast'; it is one of core, queue"),
        (
            {"checks": '["gap"]'},
            "unknown check 'gap'; the checks are assumptions, assistant",
        ),
        ({"sources": '["Z"]'}, "unknown source 'Z'"),
        ({"sources": '["D-moon"]'}, "unknown source 'D-moon'"),
        ({"oracles": '[" "]'}, "oracles must be a list of at least one text"),
        ({"checks": '["lost"]', "untested": '"x"'}, "it cannot be untested and name checks"),
    ],
)
def test_a_bad_entry_is_named_by_file_and_id(tmp_path, changes, sentence):
    with pytest.raises(OnceproofError) as caught:
        load_register(folder(tmp_path, run=entry(**changes)))
    assert str(caught.value).startswith("run.toml: requirement 'RUN-01': ")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("id", "sentence"),
    [
        ('"RUN-1"', "requirement 'RUN-1': an id is three capitals, a hyphen and two digits, or X"),
        ('"RUN-X0"', "requirement 'RUN-X0': an id is three capitals"),
        ('"ABC-01"', "requirement 'ABC-01': unknown chapter 'ABC'; the chapters are SYS, AST"),
        ('"SYS-01"', "requirement 'SYS-01': it belongs in sys.toml"),
        (None, "requirement without id: key 'id' is missing"),
    ],
)
def test_a_bad_id_is_named(tmp_path, id, sentence):
    with pytest.raises(OnceproofError) as caught:
        load_register(folder(tmp_path, run=entry(id=id)))
    assert f"run.toml: {sentence}" in str(caught.value)


def test_an_id_is_never_used_twice(tmp_path):
    with pytest.raises(OnceproofError) as caught:
        load_register(folder(tmp_path, run=entry() + entry(title='"Another"')))
    assert str(caught.value) == (
        "run.toml: requirement 'RUN-01' is already in run.toml; ids are never used twice"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("= what", "run.toml is not valid TOML"),
        ("version = 1", "run.toml: unknown key 'version'"),
        ("requirement = 1", "run.toml: 'requirement' must be written as [[requirement]]"),
    ],
)
def test_a_bad_file_is_named(tmp_path, text, sentence):
    with pytest.raises(OnceproofError) as caught:
        load_register(folder(tmp_path, run=text))
    assert sentence in str(caught.value)


def test_an_empty_folder_is_no_register(tmp_path):
    with pytest.raises(OnceproofError, match="holds no requirements"):
        load_register(tmp_path)


def test_select_takes_chapters_ids_and_beginnings_in_any_case():
    assert len(select(["que"])) == 35
    assert list(select(["RUN-01", "mul-0"])) == ["RUN-01", *(f"MUL-0{n}" for n in range(1, 10))]
    assert select([]) == load_register()


@pytest.mark.parametrize(
    ("prefix", "hint"),
    [("run-99", "chapter RUN holds RUN-01 to RUN-X1"), ("FOO", "the chapters are SYS, AST, THR")],
)
def test_select_names_a_prefix_that_matches_nothing(prefix, hint):
    with pytest.raises(UsageError) as caught:
        select(["RUN", prefix])
    assert f"no requirement id starts with {prefix.upper()!r}; {hint}" in str(caught.value)


def test_known_says_which_ids_there_are():
    assert get_requirement("RUN-01").title == "Creating a run does not wait for it"
    with pytest.raises(UsageError) as caught:
        get_requirement("RUN-99")
    assert str(caught.value) == (
        "requirement 'RUN-99' is not in the register; chapter RUN holds RUN-01 to RUN-X1"
    )
