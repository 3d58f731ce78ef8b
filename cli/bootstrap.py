"""Makes ``.venv`` with the locked dependencies; needs nothing but a Python, and an old one will do.

``python3 cli/bootstrap.py sandbox`` is what running the mall needs, ``dev`` adds what testing
needs. When there is nothing to do it says nothing. Its syntax is that of Python 3.6 (so types
are quoted), because the ``python3`` of an old system must get as far as the message that helps.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "shoal-stamp"
UNFINISHED = VENV / "shoal-unfinished"
LOG = VENV / "shoal-pip.log"
LOCKS = ROOT / "requirements"
LEVELS = ("sandbox", "dev")
PACKAGES = ("api", "bench", "cli", "domain", "migrations", "sandbox", "workers")
NEEDED_MEGABYTES = {"sandbox": 400, "dev": 900}
OLDEST = (3, 11)
OTHERS = ("python3.13", "python3.12", "python3.11", "python3.14", "python3")

PIP = (str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input")
COLLECTING = re.compile(r"Collecting ([A-Za-z0-9._-]+)")
REQUIREMENT = re.compile(r"^[A-Za-z0-9]", re.MULTILINE)
NO_ROOM = re.compile("No space left on device|Disk quota exceeded")
NO_NETWORK = re.compile(
    "name resolution|NewConnectionError|Failed to establish|Network is unreachable|timed out|"
    "Connection refused|Max retries|ProxyError|SSLError|nodename nor servname"
)


class Problem(Exception):
    """Why there can be no environment, and the command that mends it."""


def main(arguments: "list[str]") -> int:
    """Bring the environment to the level that is asked for; return the exit status."""
    if len(arguments) != 1 or arguments[0] not in LEVELS:
        print("usage: python3 cli/bootstrap.py sandbox|dev", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _stop)
    try:
        _bring_to(arguments[0])
    except Problem as problem:
        print(f"mall: {problem}", file=sys.stderr)
    except OSError as error:
        print(f"mall: {error.strerror}: {error.filename}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nmall: interrupted; the next run begins the installation again", file=sys.stderr)
    else:
        return 0
    return 1


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _bring_to(level: str) -> None:
    if _is_at(level):
        return
    _use_a_good_python(level)
    with _only_one_at_a_time():
        # Whoever was first may have done the work.
        if not _is_at(level):
            _install(level)


def _is_at(level: str) -> bool:
    reached, digest = _stamp()
    is_enough = reached in LEVELS[LEVELS.index(level) :]
    return is_enough and digest == _digest() and _version_of(str(PYTHON)) >= OLDEST


def _stamp() -> "tuple[str, str]":
    """Return the level that is complete, and the digest of what it was made from."""
    try:
        reached, digest = STAMP.read_text().split()
    except (OSError, ValueError):
        return "", ""
    return reached, digest


def _digest() -> str:
    """Name everything that the environment follows from."""
    digest = hashlib.sha256(str(ROOT).encode())
    for path in (ROOT / "pyproject.toml", *(LOCKS / f"{level}.txt" for level in LEVELS)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _version_of(python: str) -> "tuple[int, ...]":
    """Return an interpreter's version by running it, or (0,) when it does not run."""
    # Isolated: neither a PYTHONPATH nor a user's packages may decide.
    ask = [python, "-I", "-S", "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        said = subprocess.check_output(ask, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return (0,)
    return tuple(int(word) for word in said.split())


def _use_a_good_python(level: str) -> None:
    """Stay in this interpreter if it can make an environment; else go on in one that can."""
    is_new_enough = sys.version_info[:2] >= OLDEST
    if is_new_enough and _can_make_environments(sys.executable):
        return
    found = [path for path in map(shutil.which, OTHERS) if path]
    others = [path for path in found if _version_of(path) >= OLDEST]
    for path in others:
        if _can_make_environments(path):
            os.execv(path, [path, str(Path(__file__).resolve()), level])
    candidates = [sys.executable, *others] if is_new_enough else others
    raise _no_venv(candidates[0]) if candidates else _no_python()


def _can_make_environments(python: str) -> bool:
    # Debian's python3 brings venv, but ensurepip only with a package of its own.
    probe = [python, "-I", "-c", "import ensurepip, venv"]
    try:
        return subprocess.call(probe, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def _no_python() -> Problem:
    mend = "Install one from https://www.python.org/downloads/"
    if shutil.which("brew"):
        mend = "brew install python@3.13"
    elif shutil.which("apt-get"):
        mend = _apt("python3.11-venv") + "    (or any newer one)"
    version = platform.python_version()
    return Problem(
        f"Shoal needs Python 3.11 or newer; this one is {version} and no other is there.\n{mend}"
    )


def _no_venv(python: str) -> Problem:
    name = "python{}.{}".format(*_version_of(python))
    # The plain package belongs to the system's own python3, the numbered ones to the others.
    is_system = Path(python).resolve() == Path("/usr/bin/python3").resolve()
    mend = "Install the part of Python that makes environments: venv with ensurepip."
    if shutil.which("apt-get"):
        mend = _apt("python3-venv" if is_system else f"{name}-venv")
    return Problem(f"This {name} cannot make an environment. Run this once:\n{mend}")


def _apt(package: str) -> str:
    sudo = "" if os.getuid() == 0 else "sudo "
    command = f"{sudo}apt-get install -y {package}"
    # A fresh container has no lists of packages yet.
    has_lists = any(Path("/var/lib/apt/lists").glob("*_Packages*"))
    return command if has_lists else f"{sudo}apt-get update && {command}"


@contextlib.contextmanager
def _only_one_at_a_time() -> "Generator[None]":
    folder = os.open(str(LOCKS), os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another installation into this folder", flush=True)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _install(level: str) -> None:
    is_new = _must_start_over()
    _check_room(level, is_new=is_new)
    if is_new:
        print("making .venv", flush=True)
        _remove_environment()
        _make_environment()
    UNFINISHED.touch()
    _forget_stamp()
    digest = _digest()
    try:
        _install_packages(level)
    except Problem:
        # A pip that ends by itself leaves what was there before; only a killed one does not.
        if not is_new:
            UNFINISHED.unlink()
        raise
    _compile_checkout()
    UNFINISHED.unlink()
    STAMP.write_text(f"{level} {digest}\n")


def _install_packages(level: str) -> None:
    lock = LOCKS / f"{level}.txt"
    with Progress(len(REQUIREMENT.findall(lock.read_text()))) as progress:
        _pip(progress, "--require-hashes", "-r", str(lock))
        # The checkout itself: its packages are found from anywhere, and the mall command.
        _pip(progress, "--no-deps", "--no-build-isolation", "--quiet", "-e", str(ROOT))


def _compile_checkout() -> None:
    """Compile the mall as pip compiles what it installs: processes that are not to write bytecode
    would each spend a second on that, and so would the first of the others.
    """
    packages = [str(ROOT / name) for name in PACKAGES]
    # Where nothing can be written each process compiles for itself; nothing else depends on it.
    subprocess.call([str(PYTHON), "-m", "compileall", "-qq", *packages])


def _must_start_over() -> bool:
    """Say whether the environment is missing, moved, broken, or was left half installed."""
    if UNFINISHED.exists() or _version_of(str(PYTHON)) < OLDEST:
        return True
    try:
        scripts = (VENV / "bin" / "pip").read_text()
    except (OSError, UnicodeDecodeError):
        return True
    # Scripts name their interpreter by its full path, which a move makes wrong.
    return str(VENV) not in scripts


def _remove_environment() -> None:
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.is_dir():
        shutil.rmtree(str(VENV))


def _make_environment() -> None:
    VENV.mkdir()
    UNFINISHED.touch()
    with Progress(0) as progress:
        _run_logged(progress, [sys.executable, "-m", "venv", str(VENV)])


def _forget_stamp() -> None:
    if STAMP.exists():
        STAMP.unlink()


def _check_room(level: str, *, is_new: bool) -> None:
    is_update = not is_new and _stamp()[0] == level
    free = shutil.disk_usage(str(ROOT)).free // 1000000
    needed = 100 if is_update else NEEDED_MEGABYTES[level]
    if free < needed:
        raise Problem(
            f"The disk of {ROOT} is full: {free} MB are free and installing needs {needed} MB.\n"
            "Free some space (see df -h) and start again."
        )


class Progress:
    """Shows how far an installation is: one moving line on a terminal, a few lines elsewhere."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._count = 0
        self._is_terminal = sys.stdout.isatty()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_terminal and self._count:
            print("\r\033[K", end="", flush=True)

    def note(self, line: str) -> None:
        """Take a line of pip's output, and tell what it means."""
        collecting = COLLECTING.match(line)
        if collecting:
            self._count += 1
            self._tell(f"fetching {self._count}/{self._total} {collecting.group(1)}")
        elif line.startswith("Installing collected packages"):
            self._count = 0
            self._tell(f"installing {line.count(',') + 1} packages")

    def _tell(self, text: str) -> None:
        if self._is_terminal:
            print(f"\r\033[K{text}", end="", flush=True)
        elif self._count % 10 == 0:
            print(text, flush=True)


def _pip(progress: Progress, *words: str) -> None:
    _run_logged(progress, [*PIP, "--progress-bar", "off", "--retries", "2", *words])


def _run_logged(progress: Progress, command: "list[str]") -> None:
    said: list[str] = []
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    with LOG.open("ab") as log, process:
        try:
            for line in process.stdout or ():
                log.write(line)
                said.append(line.decode(errors="replace"))
                progress.note(said[-1])
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode != 0:
        raise _failed(said)


def _failed(said: "list[str]") -> Problem:
    text = "".join(said)
    why = "The locked packages could not be installed."
    if NO_ROOM.search(text):
        why = f"There is no room left on the disk of {ROOT} or of the temporary folder."
    elif NO_NETWORK.search(text):
        why = "The package index cannot be reached: is there a network, or a proxy to name?"
    elif "DO NOT MATCH THE HASHES" in text:
        why = "A package differs from the locked one; nothing of it was installed."
    last = "".join(f"  {line}" for line in said[-6:])
    return Problem(f"{why} The end of {LOG}:\n{last.rstrip()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
