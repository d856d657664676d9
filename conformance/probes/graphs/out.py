"""out: what goes in, what is kept and what comes out are three different things.

Input: nonce, text. Kept: `scratch`. Output: nonce, `answer`, nothing else.
"""

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict


class Input(TypedDict, total=False):
    nonce: str
    text: str


class State(Input, total=False):
    scratch: str
    answer: str


class Output(TypedDict, total=False):
    nonce: str
    answer: str


async def think(state: Input) -> State:
    return {"scratch": f"thinking about {state.get('text', '')}"}


async def answer(state: State) -> State:
    return {"answer": state["scratch"].removeprefix("thinking about ").upper()}


builder = StateGraph(State, input_schema=Input, output_schema=Output)
builder.add_sequence([think, answer])
builder.add_edge(START, "think")
graph = builder.compile()
