"""models: state that is a pydantic model, of nested, generic and discriminated models.

Input: nonce, count=1 (a number from 0 on; anything else does not fit the schema). State: `order`,
`animal` and `slot` are absent after the first run of a thread; later runs put into `kinds` the
class names of what they find in them, three in each: Page[Line], Line, Money; Dog, Level, date;
and again those of the first, from a channel whose annotation says nothing.
"""

import datetime as dt
import enum
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from langgraph.graph import START, StateGraph
from pydantic import BaseModel, Field

T = TypeVar("T")


class Level(enum.Enum):
    HIGH = "high"


class Money(BaseModel):
    amount: Decimal
    currency: Literal["EUR", "PLN"]


class Line(BaseModel):
    name: str
    price: Money


class Page(BaseModel, Generic[T]):
    items: list[T]


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    level: Level
    born: dt.date


Lines = Page[Line]


class State(BaseModel):
    nonce: str
    count: int = Field(default=1, ge=0)
    order: Page[Line] | None = None
    animal: Cat | Dog | None = Field(default=None, discriminator="kind")
    slot: Any = None
    kinds: list[str] = []


def make(state: State) -> Mapping[str, Any]:
    if state.order is None:
        lines = Lines(items=[Line(name="a", price=Money(amount=Decimal("1.10"), currency="EUR"))])
        dog = Dog(level=Level.HIGH, born=dt.date(2024, 2, 29))
        return {"order": lines, "animal": dog, "slot": lines}
    found = [*unfold(state.order), *unfold_animal(state.animal), *unfold(state.slot)]
    return {"kinds": [type(each).__name__ for each in found]}


def unfold(page: Any) -> list[Any]:
    if not isinstance(page, Page):
        return [page]
    return [page, page.items[0], page.items[0].price]


def unfold_animal(animal: Any) -> list[Any]:
    return [animal, animal.level, animal.born] if isinstance(animal, Dog) else [animal]


builder = StateGraph(State)
builder.add_node(make)
builder.add_edge(START, "make")
graph = builder.compile()
