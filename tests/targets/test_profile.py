"""Target profiles: those that come along, what they decide, and what is wrong with a bad one."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.options import Options
from onceproof.conformance.probes import CONFIG
from onceproof.conformance.register import load_register as register
from onceproof.conformance.runner.lanes import lane_arguments
from onceproof.conformance.stacks import STACKS, open_stack
from onceproof.conformance.targets import CommandTarget, profile
from onceproof.conformance.targets.template import CommandTemplate

GOOD = """
name = "mine"
title = "My server"
[timings]
lease_ms = 9000
heartbeat_ms = 3000
sweep_ms = 1000
[start]
command = "my-server --port {port}"
stack = "none"
health = "/ready"
[start.env]
GRAPHS = "{probes}"
[[deviation]]
id = "QUE-21"
reason = "no fencing"
link = "https://example.org/issues/1"
expires = 2027-01-31
"""


@pytest.fixture
def write_profile(tmp_path: Path) -> Callable[..., str]:
    """Write the good profile, with some of its text replaced, and return the file's name."""

    def write(old: str = "", new: str = "") -> str:
        assert old in GOOD
        path = tmp_path / "mine.toml"
        path.write_text(GOOD.replace(old, new, 1) if old else GOOD)
        return str(path)

    return write


def test_six_come_along() -> None:
    servers = ["aegra", "graphharbor", "langgraph-dev", "langgraph-js", "langrove", "reference"]
    assert profile.list_profiles() == servers


@pytest.mark.parametrize("name", profile.list_profiles())
def test_each_is_usable_and_bears_the_name_of_its_file(name: str) -> None:
    one = profile.load_profile(name)
    assert one.name == name
    assert {deviation.id for deviation in one.deviations} <= set(register())
    if one.start.command:
        assert "port" in one.start.command
        assert not CommandTemplate(one.start.command).has_roles
        assert one.start.install is not None
        assert one.start.program in one.start.command


def test_the_command_line_names_those_that_come_along() -> None:
    from onceproof.conformance.commands.certify import certify

    (option,) = [option for option in certify.params if option.name == "target_profile"]
    assert ", ".join(profile.list_profiles()) == ", ".join(
        sorted(re.findall(r"[a-z]+(?:-[a-z]+)*", option.help.rpartition(": ")[2]))
    )


def test_the_reference_has_no_deviations_and_no_other_place_for_its_timings(
    tmp_path: Path,
) -> None:
    one = profile.load_profile(profile.REFERENCE)
    assert one.deviations == ()
    assert one.timings.settable
    options = Options(environ={})
    assert (options.lease_ms, options.sweep_ms) == (one.timings.lease_ms, one.timings.sweep_ms)
    assert options.settings(tmp_path)["HEARTBEAT_MS"] == str(one.timings.heartbeat_ms)


def test_the_stacks_that_a_profile_may_name_are_those_that_there_are() -> None:
    assert set(profile.Start.__annotations__["stack"].__args__[0].__args__) == set(STACKS)


def test_what_is_left_out_comes_from_the_profile(write_profile: Callable[..., str]) -> None:
    options = Options(target_profile=write_profile(), environ={})
    assert (options.command, options.stack_kind()) == ("my-server --port {port}", "none")
    assert (options.lease_ms, options.sweep_ms) == (9000, 1000)
    assert options.profile.start.health == "/ready"
    assert options.profile.deviations[0].expires.isoformat() == "2027-01-31"


def test_what_is_given_wins(write_profile: Callable[..., str]) -> None:
    given = Options(
        command="other {port}", stack="embedded", target_profile=write_profile(), environ={}
    )
    assert (given.command, given.stack_kind()) == ("other {port}", "embedded")
    assert given.lease_ms == 9000
    by_url = Options(urls=("http://h",), target_profile=write_profile(), environ={})
    assert (by_url.command, by_url.stack_kind(), by_url.lease_ms) == (None, "none", 9000)


@pytest.mark.parametrize(
    "given, processes",
    [
        ({}, 2),
        ({"command": "server {port}"}, 1),
        ({"command": "server {port} {role}"}, 2),
        ({"image": "server", "command": "serve"}, 2),
        ({"command": "server {port}", "api_replicas": 3}, 3),
        ({"target_profile": "aegra"}, 2),
        ({"target_profile": "aegra", "api_replicas": 1}, 1),
        ({"target_profile": "graphharbor"}, 2),
    ],
)
def test_as_many_processes_are_started_as_is_told_and_one_of_what_may_share_nothing(
    given: dict[str, Any], processes: int
) -> None:
    assert Options(environ={}, **given).replica_counts.api == processes


def test_only_a_target_that_can_be_told_is_told_the_timings(
    write_profile: Callable[..., str], tmp_path: Path
) -> None:
    fixed = Options(target_profile=write_profile(), environ={}).settings(tmp_path / "fixed")
    assert fixed.keys() == {"LANGGRAPH_CONFIG_PATH", "GRAPHS"}
    env = Options(
        target_profile=write_profile("sweep_ms = 1000", "sweep_ms = 1000\nsettable = true"),
        environ={},
    ).settings(tmp_path / "env")
    assert (env["LEASE_MS"], env["HEARTBEAT_MS"], env["SWEEP_MS"]) == ("9000", "3000", "1000")


def test_a_lane_is_told_the_profile(write_profile: Callable[..., str], tmp_path: Path) -> None:
    given = lane_arguments(Options(target_profile=write_profile(), environ={}), tmp_path, 2)
    assert given[given.index("--onceproof-target-profile") + 1] == write_profile()


def test_one_without_a_command_needs_a_target() -> None:
    with pytest.raises(UsageError, match=r"'langgraph-js' names no command .*--url, --image or"):
        Options(target_profile="langgraph-js", environ={})
    assert Options(urls=("http://h",), target_profile="langgraph-js").lease_ms == 1000


def test_a_copy_of_the_references_profile_starts_the_reference(tmp_path: Path) -> None:
    text = (
        (profile.FOLDER / "reference.toml").read_text().replace("lease_ms = 2000", "lease_ms=7000")
    )
    (tmp_path / "slow.toml").write_text(text)
    options = Options(target_profile=str(tmp_path / "slow.toml"), environ={})
    assert (options.command, options.settings(tmp_path)["LEASE_MS"]) == (None, "7000")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("lease_ms = 9000", "lease_ms = 'long'", r"timings\.lease_ms = 'long': expected `int`.*"),
        ("lease_ms = 9000", "lease_ms = 0", r"timings\.lease_ms = 0: expected `int` >= 1; correct"),
        ("lease_ms = 9000", "leas_ms = 9000", r"in timings .*unknown field `leas_ms`; correct"),
        ("lease_ms = 9000", "", r"in timings .*missing required field `lease_ms`; correct"),
        (
            "lease_ms = 9000",
            "lease_ms = 2000",
            r"timings\.heartbeat_ms = 3000 is longer than .* = 2000",
        ),
        ('name = "mine"', 'nme = "mine"', r"the table contains unknown field `nme`; correct"),
        ('"none"', '"docker"', r"start\.stack = 'docker': invalid enum value 'docker'; correct"),
        ('"/ready"', '"ready"', r"start\.health = 'ready': expected `str` matching regex '\^/'"),
        ("--port {port}", "", r"start\.command .*has no \{port\}; write it"),
        ('"{probes}"', "7", r"start\.env = \{'GRAPHS': 7\}: expected `str`, got `int`"),
        ("2027-01-31", '"soon"', r"deviation\.0\.expires = 'soon': .*; correct the value"),
        ("https://", "see ", r"deviation\.0\.link = 'see example.*matching regex"),
        ('"no fencing"', '""', r"deviation\.0\.reason = '': expected `str` of length >= 1"),
        ("[timings]", "[timings", r"is not valid TOML: .*; correct it"),
    ],
)
def test_a_bad_one_is_refused_by_file_key_and_value(
    write_profile: Callable[..., str], old: str, new: str, sentence: str
) -> None:
    with pytest.raises(UsageError, match=r"--target-profile: mine\.toml: " + sentence):
        profile.load_profile(write_profile(old, new))


def test_an_id_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + GOOD[GOOD.index("[[deviation]]") :])
    with pytest.raises(UsageError, match=r"deviation\.id = 'QUE-21' stands there twice; keep one"):
        profile.load_profile(str(path))


def test_one_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'agra' cannot be read .*one of aegra, graphharbor"):
        profile.load_profile("agra")


def test_the_good_one_is_good(write_profile: Callable[..., str]) -> None:
    assert profile.load_profile(write_profile()).settings() == tomllib.loads(GOOD)["start"]["env"]


def test_what_the_settings_refer_to_is_filled_in(
    make: Callable[..., CommandTarget], tmp_path: Path
) -> None:
    """Where a second deployment has other probes or a database of its own, they follow."""
    own = {"DATABASE_URI": "postgresql://h/second", "LANGGRAPH_CONFIG_PATH": "/its/langgraph.json"}
    env = {**own, "URL": "{database_uri}", "GRAPHS": "at {probes}", "JSON": '{"path": "{x}"}'}
    target = make("--port {port} --role {probes}", env=env)
    target.start()
    assert target.levers is not None
    assert target.levers.log("all-1") == "serving as /its\n"
    environ = httpx.get(f"{target.urls[0]}/environ").json()
    assert environ["URL"] == "postgresql://h/second"
    assert (environ["GRAPHS"], environ["JSON"]) == ("at /its", '{"path": "{x}"}')


def test_the_health_path_of_a_profile_is_the_only_one_asked(
    make: Callable[..., CommandTarget],
) -> None:
    target = make("--port {port} --health /ready", health="/ready")
    target.start()
    assert target.levers is not None
    assert target.levers.alive("all-1")


def test_without_a_stack_there_is_no_address_to_fill_in(tmp_path: Path) -> None:
    stack = open_stack("none", tmp_path, {})
    target = CommandTarget("x {port}", stack, tmp_path, env={"A": "{redis_uri}"})
    assert target._environ()["A"] == stack.redis_uri


def test_sections_that_the_server_cannot_take_are_left_out_of_its_copy(
    write_profile: Callable[..., str], tmp_path: Path
) -> None:
    profile_file = write_profile('health = "/ready"', 'health = "/ready"\nwithout = ["store"]')
    options = Options(target_profile=profile_file, environ={})
    config = options.settings(tmp_path / "its")["LANGGRAPH_CONFIG_PATH"]
    assert {"store", *json.loads(Path(config).read_text())} == json.loads(CONFIG.read_text()).keys()
    assert "store" not in json.loads(Path(config).read_text())
    assert "store" not in json.loads(options.probes_in(tmp_path / "another").read_text())


def test_a_section_that_the_probes_need_cannot_be_left_out(
    write_profile: Callable[..., str],
) -> None:
    with pytest.raises(UsageError, match=r"start\.without.*'graphs'.*correct the value"):
        profile.load_profile(
            write_profile('health = "/ready"', 'health = "/ready"\nwithout = ["graphs"]')
        )


def test_graphs_with_which_the_server_does_not_start_are_left_out_of_its_copy(
    write_profile: Callable[..., str], tmp_path: Path
) -> None:
    left = 'health = "/ready"\nwithout_graphs = ["models"]'
    options = Options(target_profile=write_profile('health = "/ready"', left), environ={})
    config = Path(options.settings(tmp_path / "its")["LANGGRAPH_CONFIG_PATH"])
    ours = json.loads(CONFIG.read_text())
    hosted = json.loads(config.read_text())
    assert hosted["graphs"].keys() == ours["graphs"].keys() - {"models"}
    assert hosted.keys() == ours.keys()
