"""The store's vector index: what is in it, how items are ranked, and what is refused."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.resources import embeddings
from onceproof.reference_impl.resources.embeddings import VectorIndex
from onceproof.reference_impl.resources.store import PostgresStore

pytestmark = pytest.mark.anyio

AXES = {"north": [1.0, 0.0], "east": [0.0, 2.0], "both": [3.0, 3.0], "nothing": [0.0, 0.0]}


def embed(texts: list[str]) -> list[list[float]]:
    return [AXES[text] for text in texts]


@pytest.fixture
async def store(pool: asyncpg.Pool) -> PostgresStore:
    return PostgresStore(pool, index=VectorIndex(embed, 2, ["text"]))


@pytest.fixture
def here() -> tuple[str, ...]:
    return ("items", uuid4().hex)


async def scores(store: PostgresStore, here: tuple[str, ...], **wanted: Any) -> dict[str, Any]:
    found = await store.asearch(here, query="north", **wanted)
    return {item.key: item.score and round(item.score, 3) for item in found}


async def test_items_come_with_the_nearest_first(store: PostgresStore, here: Any) -> None:
    for text in ("east", "north", "both"):
        await store.aput(here, text, {"text": text})
    ranked = {"north": 1.0, "both": 0.707, "east": 0.0}
    assert list((await scores(store, here)).items()) == list(ranked.items())
    assert await scores(store, here, limit=1, offset=1) == {"both": 0.707}


async def test_an_item_is_as_near_as_the_nearest_of_its_texts(
    store: PostgresStore, here: Any
) -> None:
    await store.aput(here, "two", {"a": "east", "b": "both"}, index=["a", "b"])
    assert await scores(store, here) == {"two": 0.707}


async def test_only_what_is_indexed_is_found_by_meaning(store: PostgresStore, here: Any) -> None:
    await store.aput(here, "out", {"text": "north"}, index=False)
    await store.aput(here, "without", {"other": "north"})
    await store.aput(here, "no meaning", {"text": "nothing"})
    assert await scores(store, here) == {"no meaning": 0.0}
    assert {item.key for item in await store.asearch(here)} == {"out", "without", "no meaning"}


async def test_vectors_follow_their_item(store: PostgresStore, here: Any) -> None:
    await store.aput(here, "x", {"text": "north"})
    await store.aput(here, "x", {"text": "east"})
    assert await scores(store, here) == {"x": 0.0}
    await store.aput(here, "x", {"text": "east"}, index=False)
    assert await scores(store, here) == {}
    await store.aput(here, "x", {"text": "north"})
    await store.adelete(here, "x")
    await store.aput(here, "x", {}, index=False)
    assert await scores(store, here) == {}


async def test_an_embedding_of_another_length_stores_nothing(pool: asyncpg.Pool, here: Any) -> None:
    store = PostgresStore(pool, index=VectorIndex(embed, 3))
    with pytest.raises(ValueError, match="embed gave 2 numbers, dims is 3"):
        await store.aput(here, "x", {"text": "north"}, index=["text"])
    assert await store.aget(here, "x") is None


def config(folder: Path, index: Any) -> Path:
    path = folder / "langgraph.json"
    path.write_text(json.dumps({"graphs": {"g": "./g.py:g"}, "store": {"index": index}}))
    return path


@pytest.mark.parametrize(
    "index, says",
    [
        ({"embed": "./nowhere.py:embed", "dims": 2}, "nowhere.py"),
        ({"embed": "./e.py:missing", "dims": 2}, "missing"),
        ({"embed": "./e.py:embed"}, "dims"),
        ({"dims": 3}, "embed"),
        ({"embed": "nobody:model", "dims": 2}, "nobody:model"),
    ],
    ids=str,
)
def test_an_index_that_cannot_be_made_is_refused(tmp_path: Path, index: Any, says: str) -> None:
    (tmp_path / "e.py").write_text("embed = len\n")
    with pytest.raises(ConfigError, match=says):
        embeddings.load_index(config(tmp_path, index))


def test_without_an_entry_there_is_no_index(tmp_path: Path) -> None:
    assert embeddings.load_index(config(tmp_path, None)) is None
