import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from onceproof.conformance.stacks import Stack, open_stack


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that any account may enter, unlike those of `tmp_path` under root."""
    folder = Path(tempfile.mkdtemp(prefix="onceproof-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def embedded(open_folder: Path) -> Iterator[Stack]:
    """One started embedded stack for all tests that leave it running."""
    with open_stack("embedded", open_folder / "shared", {}) as stack:
        yield stack
