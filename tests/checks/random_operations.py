"""Random operations on a register, and the definition of linearizable spelled out."""

from itertools import permutations
from random import Random

from onceproof.conformance.checks.search.linearize import Model, Op
from onceproof.conformance.history.vocabulary import ABSENT
from tests.checks.etcd_log import Register


def make_operations(rng: Random, count: int, values: int = 3, open_share: float = 0.15) -> list[Op]:
    """Make operations that overlap at random; each takes effect at an instant, or is made up."""
    effects, ops, state = [], [], None
    for n in range(count):
        call = rng.randrange(3 * count)
        effects.append((call + rng.randrange(6), n, call))
    honest = rng.random() < 0.5
    for at, _, call in sorted(effects):
        kind = rng.choice(["read", "write", "cas"])
        value = rng.randrange(values)
        ret = None if kind != "read" and rng.random() < open_share else at + rng.randrange(6)
        arg = {"read": None, "write": value, "cas": (rng.randrange(values), value)}[kind]
        result = {"read": state, "write": None, "cas": kind == "cas" and state == arg[0]}[kind]
        if not honest and rng.random() < 0.3:
            result = {"read": rng.randrange(values), "write": None, "cas": not result}[kind]
        if kind == "write" or (kind == "cas" and state == arg[0]):
            state = value
        ops.append(Op(kind, arg, None if ret is None else result, call, ret))
    return ops


def make_unique_puts(rng: Random, count: int) -> list[Op]:
    """Make puts of a new value each, and gets, half of the time random; some puts stay open."""
    effects = sorted((rng.randrange(3 * count), n) for n in range(count))
    honest, state, values, ops = rng.random() < 0.5, ABSENT, [ABSENT], []
    for at, n in effects:
        call, ret = at - rng.randrange(6), at + rng.randrange(6)
        if rng.random() < 0.5:
            state = n
            values.append(n)
            ops.append(Op("put", n, None, call, None if rng.random() < 0.15 else ret))
        else:
            ops.append(Op("get", None, state if honest else rng.choice(values), call, ret))
    return ops


def brute_force(ops: list[Op], model: Model) -> bool:
    """Try every order of every choice of what took effect."""
    done = [op for op in ops if op.ret is not None]
    pending = [op for op in ops if op.ret is None]
    for mask in range(1 << len(pending)):
        chosen = done + [op for n, op in enumerate(pending) if mask >> n & 1]
        if any(_legal(order, model) for order in permutations(chosen)):
            return True
    return False


def _legal(order: tuple[Op, ...], model: Model) -> bool:
    state, latest_call = model.initial, -1
    for op in order:
        if op.ret is not None and op.ret < latest_call:
            return False
        latest_call = max(latest_call, op.call)
        legal, state = model.step(state, op)
        if not legal:
            return False
    return True


REGISTER = Register()
