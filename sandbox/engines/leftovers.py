"""Children that a killed supervisor left behind: found again, proven to be ours, and ended."""

import signal
from contextlib import suppress
from pathlib import Path

import psutil

from sandbox.engines.home import Home, RunningChild

CLOCK_SLACK_SECONDS = 2.0
STOP_SECONDS = 10.0


def end_recorded(home: Home) -> list[str]:
    """End the children of the last run that still live, and return their names."""
    record = home.record()
    if record is None:
        return []
    found = [(child, process) for child in record.children if (process := _same(child))]
    for child, process in found:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(child.stop_signal)
    _wait([process for _, process in found])
    home.forget_record()
    return [child.name for child, _ in found]


def end_postmaster(data: Path, sockets: Path) -> None:
    """End a PostgreSQL that still serves this folder, and remove the marks of one that is gone.

    PostgreSQL itself refuses to start when the number in a mark has come to another process
    since: after a restart of the machine that is quite likely.
    """
    mark = data / "postmaster.pid"
    _end_marked(mark, data)
    mark.unlink(missing_ok=True)
    for path in sockets.glob(".s.PGSQL.*"):
        path.unlink(missing_ok=True)


def _end_marked(mark: Path, data: Path) -> None:
    try:
        pid = int(mark.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    postmaster = _postmaster(pid, data)
    if postmaster:
        postmaster.send_signal(signal.SIGINT)
        _wait([postmaster])


def _same(child: RunningChild) -> psutil.Process | None:
    """Return the process if it is still the recorded one: numbers are used again."""
    with suppress(psutil.Error):
        process = psutil.Process(child.pid)
        is_same = abs(process.create_time() - child.started_at) < CLOCK_SLACK_SECONDS
        if is_same and tuple(process.cmdline()) == child.argv:
            return process
    return None


def _postmaster(pid: int, data: Path) -> psutil.Process | None:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        words = process.cmdline()
        if words and Path(words[0]).name == "postgres" and str(data) in words:
            return process
    return None


def _wait(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=STOP_SECONDS)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
