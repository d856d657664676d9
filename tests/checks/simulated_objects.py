"""Objects besides runs in a simulated certification: items, versions, ids, listings, a cron."""

from collections.abc import Callable
from typing import Any

from tests.checks.simulated_world import Process, World, until

CLIENTS = 3
TURNS = 3


def use_item(world: World) -> list[Process]:
    """Let clients put, get and delete one item; each operation takes effect at one instant."""
    item: dict[str, Any] = {"now": "absent"}

    def turn(who: str, n: int) -> Process:
        kind = world.rng.choice(["put", "get", "get", "delete"])
        arg = {"arg": f"{who}/{n}"} if kind == "put" else {}

        def effect() -> dict[str, Any]:
            if kind == "put":
                item["now"] = arg["arg"]
            elif kind == "delete":
                item["now"] = "absent"
            return {"result": item["now"]} if kind == "get" else {}

        yield from _operation(world, f"store.{kind}", "s item", who, arg, effect)

    return [_turns(turn, f"item-{n}") for n in range(CLIENTS)]


def update_assistant(world: World) -> list[Process]:
    """Let clients update an assistant and read it."""
    state = {"newest": 1, "current": 1}

    def turn(who: str, n: int) -> Process:
        kind = world.rng.choice(["update", "get", "latest"])
        arg = {"arg": 1} if kind == "latest" else {}

        def effect() -> dict[str, Any]:
            if kind == "update":
                state["newest"] += 1
            if kind != "get":
                state["current"] = 1 if kind == "latest" else state["newest"]
            return {} if kind == "latest" else {"result": state["current"]}

        yield from _operation(world, f"assistant.{kind}", "s assistant", who, arg, effect)

    return [_turns(turn, f"version-{n}") for n in range(CLIENTS)]


def create_by_id(world: World, subject: str) -> list[Process]:
    """Let clients create threads or assistants by one of two ids, and delete them."""
    there: dict[str, str | None] = {"one": None, "two": None}

    def turn(who: str, n: int) -> Process:
        name = world.rng.choice(sorted(there))
        kind = world.rng.choice(["create", "create", "delete"] if n else ["create"])
        arg = {"arg": world.rng.choice(["raise", "do_nothing"])} if kind == "create" else {}

        def effect() -> dict[str, Any]:
            before = there[name]
            if kind == "delete":
                there[name] = None
                return {} if before else {"refused": 404}
            if before and arg["arg"] == "raise":
                return {"refused": 409}
            there[name] = before or f"{who}/{n}"
            return {"result": there[name]}

        yield from _operation(world, f"{subject}.{kind}", f"s {name}", who, arg, effect)

    return [_turns(turn, f"{subject}-{n}") for n in range(CLIENTS)]


def list_runs(world: World, thread_id: str, nonces: list[str]) -> Process:
    """Let a client list the runs of a thread, and its history once they are over."""
    runs = [world.runs[nonce] for nonce in nonces]
    for n in range(2):
        yield world.pause()
        call_t = world.now
        yield world.pause()
        ids = [f"r/{run.nonce}" for run in runs]
        value = {"whole": True, "run_ids": ids, "call_t": call_t}
        world.add("ok", "thread.runs", thread_id, f"lister-{n}", **value)
    yield from until(lambda: all(run.over for run in runs))
    length = len(runs[0].log)
    chain = [
        {"id": f"c{n}", "ns": "", "parent": f"c{n - 1}", "step": n - 1, "source": "loop"}
        for n in range(length, 0, -1)
    ]
    chain.append({"id": "c0", "ns": "", "parent": None, "step": -1, "source": "input"})
    world.add("ok", "thread.history", thread_id, "lister-0", whole=True, chain=chain)


def fire_cron(world: World) -> Process:
    """Let a cron fire for a few due times, and record them."""
    yield world.pause()
    late = [world.rng.random() * 0.4 for _ in range(4)]
    value = {"period_s": 1.0, "tolerance_s": 0.25, "coarse": False}
    fires = [n + each for n, each in enumerate(late)]
    world.add("snap", "cron.fires", "cron-1", "crons", fires_s=fires, **value)


def _turns(turn: Callable[[str, int], Process], who: str) -> Process:
    for n in range(TURNS):
        yield from turn(who, n)


def _operation(
    world: World, op: str, key: str, who: str, arg: dict[str, Any], effect: Callable[[], Any]
) -> Process:
    yield world.pause()
    world.add("invoke", op, key, who, **arg)
    yield world.pause()
    result = effect()
    yield world.pause()
    if "refused" in result:
        world.refuse(op, key, who, result["refused"])
    else:
        world.add("ok", op, key, who, **result)
