"""Building the playground: one builder at a time, and a build that is there whole or not at all."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from api.playground.build import LOCK_FILE, Build, Cause, Failure
from cli.node import Node, find_node
from cli.tool import ToolFailed, run_tool

Tell = Callable[[str], None]
_NODE = "node"
_WORKSHOP = "workshop-"
_UNFINISHED = ".new"
_GOING = ".old"
_KEPT_BUILDS = 3
"""Processes of earlier releases may still serve theirs."""
_INSTALL = (
    "ci",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--prefer-offline",
    "--fetch-retries=1",
    # A machine without a network should be told so soon.
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=1000",
)


class NotBuilt(Exception):
    """The playground could not be built; the failure is kept for the page that says so."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.said)
        self.failure = failure


def ensure_built(build: Build, tell: Tell) -> None:
    """Build it unless it is there, or wait for who does so already; raises `NotBuilt`.

    What npm installs lies beside the builds, under the digest of its lock; an interrupted build
    leaves nothing that a later one would take for whole.
    """
    if build.is_ready:
        return
    build.folder.mkdir(parents=True, exist_ok=True)
    with locked_build(build, tell):
        if build.is_ready:
            return
        try:
            _build(build, tell)
        except _Stopped as stopped:
            build.note(stopped.failure)
            raise NotBuilt(stopped.failure) from stopped
        finally:
            _give_away(build.folder)
        build.note(None)


class _Stopped(Exception):
    def __init__(self, cause: Cause, failed: ToolFailed) -> None:
        super().__init__(failed.said)
        self.failure = Failure(cause, failed.said)


@contextmanager
def locked_build(build: Build, tell: Tell) -> Generator[None]:
    """Be the only one who builds, when whoever does so now has ended."""
    descriptor = os.open(build.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waiting for another build of the playground")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _build(build: Build, tell: Tell) -> None:
    try:
        node = find_node(build.folder / _NODE)
    except ToolFailed as failed:
        raise _Stopped(Cause.NO_NODE, failed) from failed
    workshop = _workshop(build, node, tell)
    tell("building the playground")
    source, fresh = workshop / "source", build.folder / f"{build.digest}{_UNFINISHED}"
    for folder in (source, fresh):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(build.sources, source, ignore=shutil.ignore_patterns("*.py", "node_modules"))
    vite = workshop / "node_modules" / "vite" / "bin" / "vite.js"
    command = [node.command, str(vite), "build", "--outDir", str(fresh), "--logLevel", "warn"]
    try:
        run_tool(command, source)
    except ToolFailed as failed:
        raise _Stopped(Cause.OTHER, failed) from failed
    fresh.rename(build.place)
    _tidy(build, workshop)


def _workshop(build: Build, node: Node, tell: Tell) -> Path:
    """The folder with what the lock names installed; made in one step."""
    lock = build.sources / LOCK_FILE
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:32]
    workshop = build.folder / f"{_WORKSHOP}{digest}"
    if workshop.is_dir():
        return workshop
    tell("installing the playground's packages")
    fresh = workshop.with_name(f"{workshop.name}{_UNFINISHED}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for name in (LOCK_FILE, "package.json", ".npmrc"):
        shutil.copy(build.sources / name, fresh / name)
    try:
        run_tool([*node.npm, *_INSTALL], fresh)
    except ToolFailed as failed:
        cause = Cause.NO_NETWORK if failed.is_offline else Cause.OTHER
        raise _Stopped(cause, failed) from failed
    fresh.rename(workshop)
    return workshop


def _tidy(build: Build, workshop: Path) -> None:
    """Remove what no build needs any more, and what interrupted ones have left."""
    for old in build.folder.glob(f"{_WORKSHOP}*"):
        if old != workshop:
            shutil.rmtree(old, ignore_errors=True)
    for left in (*build.folder.glob(f"*{_UNFINISHED}"), *build.folder.glob(f"*{_GOING}")):
        shutil.rmtree(left, ignore_errors=True)
    builds = [path.parent for path in build.folder.glob("*/index.html")]
    builds.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for old in builds[_KEPT_BUILDS:]:
        # Half of it could be taken for whole, if removing it were interrupted.
        shutil.rmtree(old.rename(old.with_name(f"{old.name}{_GOING}")), ignore_errors=True)


def _give_away(folder: Path) -> None:
    """Let root leave nothing in a user's checkout that the user cannot replace."""
    checkout = folder.parent.parent.stat()
    if os.getuid() != 0 or checkout.st_uid == 0:
        return
    for path in (folder.parent, folder, *folder.rglob("*")):
        os.chown(path, checkout.st_uid, checkout.st_gid, follow_symlinks=False)
