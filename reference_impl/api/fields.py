"""Types of body fields that several searches share: how many rows a page has, where it starts."""

from typing import Annotated, Literal

from pydantic import Field

Limit = Annotated[int, Field(ge=1, le=1000)]
Offset = Annotated[int, Field(ge=0, le=2**31 - 1)]
SortOrder = Literal["asc", "desc"]
