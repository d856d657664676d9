"""The store's vector index: `store.index` of langgraph.json, and the vectors of items.

An item is as near to a query as the nearest of its texts; nearness is the cosine of the angle
between vectors, which are stored at unit length so that it is their inner product. Every vector
below the namespace is compared: exact, without an extension of Postgres, and made for thousands of
items rather than millions.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from langgraph.store.base import ensure_embeddings, get_text_at_path, tokenize_path

from onceproof.reference_impl.config import section
from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.resources.modules import load_object

Vector = list[float]


class VectorIndex:
    """Turns texts into unit vectors. `embed` is whatever `ensure_embeddings` takes."""

    def __init__(self, embed: Any, dims: int, fields: Sequence[str] = ("$",)):
        self._embeddings = ensure_embeddings(embed)
        self._dims = dims
        self._fields = fields

    async def embed_item(
        self, value: Mapping[str, Any], index: Literal[False] | list[str] | None
    ) -> list[Vector]:
        """Embed the texts at the item's paths, or the deployment's if it names none."""
        paths = self._fields if index is None else index or ()
        texts = [text for path in paths for text in _texts(value, path) if text]
        return await self._vectors(texts) if texts else []

    async def embed_query(self, query: str) -> Vector:
        """Embed a query."""
        return self._unit(await self._embeddings.aembed_query(query))

    async def _vectors(self, texts: list[str]) -> list[Vector]:
        return [self._unit(vector) for vector in await self._embeddings.aembed_documents(texts)]

    def _unit(self, vector: Sequence[float]) -> Vector:
        if len(vector) != self._dims:
            raise ValueError(f"store.index: embed gave {len(vector)} numbers, dims is {self._dims}")
        length = math.sqrt(sum(x * x for x in vector))
        return [x / length for x in vector] if length else list(vector)


def _texts(value: Mapping[str, Any], path: str) -> list[str]:
    """The texts at a path; the whole item as JSON at '$'."""
    return get_text_at_path(value, path if path == "$" else tokenize_path(path))


def load_index(config_path: Path) -> VectorIndex | None:
    """Load `store.index` of langgraph.json, None if there is none; ConfigError if it is wrong.

    The folders that langgraph.json depends on must be importable already.
    """
    entry = section(config_path, "store").get("index")
    if not entry:
        return None
    embed, dims, fields = entry.get("embed"), entry.get("dims"), entry.get("fields") or ["$"]
    if not isinstance(embed, str) or not isinstance(dims, int) or dims < 1:
        raise ConfigError("store.index: give 'embed' ('./file.py:name') and 'dims' (a number > 0)")
    # 'provider:model' is for langchain; a path has a file or a module before its last colon.
    local = ".py:" in embed or embed.startswith(".")
    try:
        given = load_object("store.index", embed, config_path.resolve().parent) if local else embed
        return VectorIndex(given, dims, fields)
    except (ValueError, ImportError) as error:
        raise ConfigError(f"store.index: {embed!r} cannot be used: {error}") from None
