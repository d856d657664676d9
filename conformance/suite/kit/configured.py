"""A deployment of the target with a changed langgraph.json."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.deployments import Deployment, start_deployment

#: Sections of langgraph.json; an object is merged with what the probes have there.
Sections = Mapping[str, Any]


def write_config(session: Session, sections: Sections) -> dict[str, str]:
    """Write a copy of the probes with these sections; return the variable that names it."""
    config = session.options.probes_in(session.folder / f"probes-{uuid4().hex[:8]}")
    whole = json.loads(config.read_text(encoding="utf-8"))
    for name, section in sections.items():
        known = whole.get(name)
        both = isinstance(known, dict) and isinstance(section, Mapping)
        whole[name] = {**known, **section} if both else section
    config.write_text(json.dumps(whole), encoding="utf-8")
    return {"LANGGRAPH_CONFIG_PATH": str(config)}


@asynccontextmanager
async def start_with(
    session: Session, sections: Sections, env: Mapping[str, str] | None = None, **replicas: Any
) -> AsyncIterator[Deployment]:
    """Start a deployment with these sections; inconclusive if it does not start."""
    changed = {**write_config(session, sections), **(env or {})}
    async with start_deployment(session, changed, **replicas) as deployment:
        yield deployment


@asynccontextmanager
async def try_start(session: Session, sections: Sections) -> AsyncIterator[Deployment | str]:
    """Start a deployment with these sections, or say why it starts only without them.

    Inconclusive if it starts with neither.
    """
    starting = start_with(session, sections)
    try:
        deployment = await starting.__aenter__()
    except pytest.skip.Exception as reason:
        async with start_with(session, {}):
            pass
        yield str(reason)
        return
    try:
        yield deployment
    finally:
        await starting.__aexit__(None, None, None)
