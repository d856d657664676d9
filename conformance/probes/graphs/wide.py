"""wide: twenty channels of mixed kinds that grow for `rounds` super-steps and check themselves.

Input: nonce, rounds=5, size=10 (entries that a round adds to each list and dict); one run a
thread. Before each round the node compares every channel with what the rounds so far must have
made of it. State: s0..s4 (overwritten), l0..l4 (lists, appended), d0..d4 (dicts, merged), sum0..
sum2 (added), max0, max1 (greatest), `i`, and `damaged`, which names the channels that were wrong.
"""

from collections.abc import Callable
from operator import add, or_
from typing import Annotated, Any

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

Values = dict[str, Any]
Reducers = dict[str, Callable[[Any, Any], Any]]
Numbers = Annotated[list[int], add]
Entries = Annotated[Values, or_]
Sum = Annotated[int, add]


def greatest(one: int, other: int) -> int:
    """Keep the greater one; the builtin has no signature, which LangGraph asks reducers for."""
    return max(one, other)


Greatest = Annotated[int, greatest]


class State(TypedDict, total=False):
    nonce: str
    rounds: int
    size: int
    i: int
    damaged: Annotated[list[str], add]
    s0: int
    s1: float
    s2: str
    s3: bool
    s4: None
    l0: Numbers
    l1: Numbers
    l2: Numbers
    l3: Numbers
    l4: Numbers
    d0: Entries
    d1: Entries
    d2: Entries
    d3: Entries
    d4: Entries
    sum0: Sum
    sum1: Sum
    sum2: Sum
    max0: Greatest
    max1: Greatest


def write_round(i: int, size: int) -> Values:
    """Make what round `i` writes."""
    entries = range(i * size, (i + 1) * size)
    scalars: Values = {"s0": i, "s1": i / 4, "s2": f"round {i}", "s3": i % 2 == 0, "s4": None}
    return {
        **scalars,
        **{f"l{n}": [e * (n + 1) for e in entries] for n in range(5)},
        **{f"d{n}": {str(e): {"at": i, "of": [e, n]} for e in entries} for n in range(5)},
        **{f"sum{n}": i + n for n in range(3)},
        **{f"max{n}": (i * 7 + n) % 5 for n in range(2)},
    }


def merge_rounds(rounds: int, size: int) -> Values:
    """Make what all channels hold after `rounds` rounds."""
    reducers: Reducers = {"l": add, "d": or_, "sum": add, "max": greatest}
    total: Values = {}
    for i in range(rounds):
        for name, value in write_round(i, size).items():
            reduce = reducers.get(name.rstrip("01234"), lambda old, new: new)
            total[name] = reduce(total[name], value) if name in total else value
    return total


async def begin(state: State) -> State:
    return {"i": 0}


async def widen(state: State) -> Values:
    i, size = state["i"], state.get("size", 10)
    expected = merge_rounds(i, size)
    damaged = [name for name, value in expected.items() if state.get(name) != value]
    return {**write_round(i, size), "i": i + 1, "damaged": damaged}


def more(state: State) -> str:
    return "widen" if state["i"] < state.get("rounds", 5) else END


builder = StateGraph(State)
builder.add_node(begin)
builder.add_node(widen)
builder.add_edge(START, "begin")
builder.add_conditional_edges("begin", more, ["widen", END])
builder.add_conditional_edges("widen", more, ["widen", END])
graph = builder.compile()
