"""An image that cannot be started or configured is refused in one sentence, without remains."""

from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance.errors import StackError, TargetError, UsageError
from onceproof.conformance.options import Options
from onceproof.conformance.stacks import open_stack
from onceproof.conformance.stacks.network import ContainerNetwork
from onceproof.conformance.stacks.sweeper import LABEL
from onceproof.conformance.targets.kinds.image import ImageTarget
from tests.stacks.engines import list_by_label, needs_engine
from tests.targets.images import SERVE, Make


@needs_engine
def test_one_that_exits_early_is_quoted_and_nothing_is_left(
    make_image: Make, network: ContainerNetwork
) -> None:
    target = make_image(f"{SERVE} --exit 3")
    with pytest.raises(TargetError, match=r"'all-1' exited with status 3 .*reach the database"):
        target.start()
    assert list_by_label(f"{LABEL}={network.labels[LABEL]}") == [network.network.name]


@needs_engine
def test_one_that_listens_elsewhere_is_given_up(make_image: Make) -> None:
    target = make_image(f"{SERVE} --shift 1", start_s=1.0)
    with pytest.raises(TargetError, match=r"on port 8000 of its container within 1 s .*serving"):
        target.start()


@needs_engine
def test_an_image_that_cannot_be_had_is_named(make_image: Make) -> None:
    target = make_image(image="127.0.0.1:1/absent:1")
    with pytest.raises(TargetError, match=r"--image '127.0.0.1:1/absent:1' is not here and cannot"):
        target.start()


@needs_engine
def test_a_program_that_is_not_in_the_image_is_told(make_image: Make) -> None:
    target = make_image("no-such-server")
    with pytest.raises(TargetError, match=r"'all-1' .*(no-such-server|status 127)"):
        target.start()


@needs_engine
def test_an_address_that_is_not_this_machines_is_refused() -> None:
    network = ContainerNetwork("192.0.2.77")
    with pytest.raises(StackError, match=r"'192.0.2.77', which is none of its .*--witness-address"):
        network.start()
    assert list_by_label(f"{LABEL}={network.labels[LABEL]}") == []


def test_no_engine_names_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(StackError, match=r"--image found no container engine .*start Docker"):
        ContainerNetwork().start()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"urls": ("http://h",)}, "--url and --image exclude each other"),
        ({"stack": "embedded"}, "--stack embedded listens where a container does not reach it"),
        ({"env": ("=x",)}, "--env '=\\*\\*\\*' does not name a variable"),
        ({"env": ("NOT_SET",)}, "--env NOT_SET is not set in the environment"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        Options(image="i", environ={}, **options)


def test_an_image_stands_on_containers_unless_told_otherwise() -> None:
    uris = {"DATABASE_URI": "postgres://h/d", "REDIS_URI": "redis://h"}
    assert Options(image="i", environ={}).stack_kind() == "containers"
    assert Options(image="i", environ=uris).stack_kind() == "external"
    assert Options(image="i", stack="none", environ=uris).stack_kind() == "none"


def test_variables_are_told_with_their_values(tmp_path: Path) -> None:
    made = Options(image="i", env=("A=b=c", "KEY"), environ={"KEY": "secret"})
    env = made.settings(tmp_path)
    assert (env["A"], env["KEY"]) == ("b=c", "secret")


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    stack = open_stack("none", tmp_path, {})
    with pytest.raises(UsageError, match=f"--env PORT='{port}' is not a port"):
        ImageTarget("i", stack, ContainerNetwork(), tmp_path, env={"PORT": port})
