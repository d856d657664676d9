"""What is installed is complete: each file of a package is a module or matches a pattern."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.house import PRODUCT, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PATTERNS = ["*.py", *PROJECT["tool"]["setuptools"]["package-data"]["*"]]
#: Used from a checkout alone.
NOT_INSTALLED = {"conformance/Dockerfile", "reference_impl/Dockerfile"}


def files(package: str) -> set[Path]:
    paths = (path for path in (ROOT / package).rglob("*") if path.is_file())
    return {path.relative_to(ROOT) for path in paths if "__pycache__" not in path.parts}


def test_each_file_of_a_package_is_installed() -> None:
    left_out = {
        path.as_posix()
        for package in PRODUCT
        for path in files(package)
        if not any(fnmatch(path.name, pattern) for pattern in PATTERNS)
    }
    assert left_out == NOT_INSTALLED


def test_the_installed_name_holds_all_packages() -> None:
    links = {path.name: path.resolve() for path in (ROOT / "onceproof").iterdir() if path.is_dir()}
    links.pop("__pycache__", None)
    assert links == {package: ROOT / package for package in PRODUCT}


@pytest.mark.parametrize("image", sorted(NOT_INSTALLED))
def test_what_an_image_copies_is_all_that_is_packaged(image: str) -> None:
    dockerfile = (ROOT / image).read_text(encoding="utf-8")
    for folder in ("onceproof", *PRODUCT):
        assert f"COPY {folder} ./{folder}\n" in dockerfile


def test_type_hints_are_shipped() -> None:
    """A checker takes them from a package with this file alone."""
    assert (ROOT / "onceproof" / "py.typed").exists()
    assert "py.typed" in PATTERNS


def test_the_changelog_has_a_section_for_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = PROJECT["project"]["version"]
    _, _, section = text.partition(f"## {version}")
    assert "### Register" in section.partition("\n## ")[0]
