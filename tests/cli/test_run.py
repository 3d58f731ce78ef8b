"""A mall starts, stops, survives what happens to it, and says what is in its way."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.cli.conftest import Start
from tests.cli.mall_process import wait_for


@pytest.mark.usefixtures("used_home")
def test_a_mall_tells_where_it_is_and_stops_without_a_trace(start_alone: Start, port: int):
    mall = start_alone()
    mall.until(f"\nready http://127.0.0.1:{port}/graphql\n")
    assert f"curl -s http://127.0.0.1:{port}/graphql" in mall.said

    assert mall.end(signal.SIGINT) == 0

    assert mall.said.endswith("stopping (Ctrl-C again to hurry)\nstopped\n")


def test_a_mall_is_ready_once_its_worker_is_at_work(start: Start, home: Path):
    mall = start(STUB_SILENT="5")
    mall.until("\nready ")
    told = (home / "log" / "api.log").read_text()
    assert told.count("silent") == 5
    assert told.endswith("told of the worker: ok\n")
    assert "not said" not in mall.said


def test_a_mall_whose_worker_ends_says_so_and_goes_on(start: Start):
    mall = start(STUB_SILENT="100000", STUB_FAILS="worker")
    mall.until("\nready ")
    assert "the worker has not said that it is at work; see " in mall.said


def test_a_second_start_harms_nothing(start: Start, port: int):
    mall = start()
    mall.until("ready")

    second = start()
    second.until("already runs from this folder")

    assert second.popen.wait() == 1
    url = f"http://127.0.0.1:{port}/graphql"
    assert second.said == (
        f"mall: Shoal already runs from this folder (pid {mall.popen.pid}) at {url}.\n"
    )
    assert mall.popen.poll() is None


def test_a_taken_port_is_told_with_another_one(start: Start, port: int):
    with socket.create_server(("127.0.0.1", port)):
        mall = start()

        assert mall.popen.wait(20) == 1

    assert mall.said == (
        f"mall: Port {port} is taken by another program.\n"
        f"Choose another one: MALL_PORT={port + 1} make run\n"
    )


@pytest.mark.usefixtures("used_home")
def test_a_killed_supervisor_takes_its_children_along_and_the_next_one_starts(start_alone: Start):
    first = start_alone()
    first.until("ready")

    below = first.kill()
    if sys.platform == "linux":
        _, alive = psutil.wait_procs(below, timeout=20)
        assert not alive

    second = start_alone()
    second.until("ready")
    assert second.end() == 0


@pytest.mark.usefixtures("used_home")
def test_a_child_that_ends_by_itself_is_started_again(start_alone: Start):
    mall = start_alone()
    mall.until("ready")
    for mark in ("worker", "-D"):
        child = mall.child(mark)
        assert child

        child.kill()

        wait_for(lambda child=child: not child.is_running())
        wait_for(lambda mark=mark: mall.child(mark) is not None)
    assert "worker ended by itself with status -9; it starts again in 0.5 s" in mall.said
    assert "postgres ended by itself" in mall.said
    assert mall.end() == 0


def test_a_signal_in_the_middle_of_a_start_stops_what_runs_by_then(start: Start):
    mall = start(STUB_HANGS="seed")
    wait_for(lambda: mall.child("seed") is not None)

    assert mall.end() == 0

    assert "ready" not in mall.said


def test_a_child_that_does_not_end_is_hurried_by_a_second_ctrl_c(start: Start):
    mall = start(STUB_STUBBORN="worker")
    mall.until("ready")

    mall.popen.send_signal(signal.SIGINT)
    mall.until("stopping")
    # A Ctrl-C that follows at once is taken for the same one, come through make as well.
    time.sleep(0.6)

    assert mall.end(signal.SIGINT) == 0


def test_nobody_waits_for_the_playground_to_be_built(start: Start, port: int):
    mall = start(STUB_PLAYGROUND="1", STUB_HANGS="playground")
    mall.until("ready")
    assert f"Playground  http://127.0.0.1:{port}/playground (being built" in mall.said
    assert mall.child("playground") is not None

    assert mall.end() == 0


def test_a_playground_that_cannot_be_built_leaves_the_mall_running(start: Start, home: Path):
    mall = start(STUB_PLAYGROUND="1", STUB_FAILS="playground")
    mall.until("playground failed with status 1; the mall goes on")

    assert "playground will not" in (home / "log" / "playground.log").read_text()
    assert mall.child("worker") is not None
    assert mall.end() == 0


def test_a_step_that_fails_ends_the_start_with_a_reason(start: Start):
    mall = start(STUB_FAILS="migrate")

    assert mall.popen.wait(30) == 1

    assert "migrate will not\n" in mall.said
    assert mall.said.endswith(
        "mall: The database could not be migrated (status 1); the lines above say why.\n"
    )


def test_an_api_that_fails_shows_its_last_lines(start: Start, home: Path):
    mall = start(STUB_FAILS="api")

    assert mall.popen.wait(30) == 1

    assert f"its log {home}/log/api.log ends with:\n  api will not\n" in mall.said
    assert "Traceback" not in mall.said


def test_given_servers_are_used_and_not_brought_along(start: Start, home: Path):
    mall = start()
    mall.until("ready")

    assert {"api", "worker"} == {each.cmdline()[-1] for each in mall.descendants()}
    assert "as MALL_DATABASE_URL says" in mall.said
    assert sorted(path.name for path in home.iterdir()) == ["lock", "log", "run.json"]


def test_only_the_migrations_are_told_who_owns_the_tables(start: Start):
    mall = start(MALL_MIGRATION_DATABASE_URL="postgresql://owner@db/mall", STUB_HANGS="migrate")
    wait_for(lambda: mall.child("migrate") is not None and mall.child("api") is not None)

    migrate, api = mall.child("migrate"), mall.child("api")

    assert migrate
    assert api
    assert "MALL_MIGRATION_DATABASE_URL" in migrate.environ()
    assert "MALL_MIGRATION_DATABASE_URL" not in api.environ()


def test_one_given_server_leaves_the_other_to_the_mall(
    start_alone: Start, servers: dict[str, str], home: Path
):
    mall = start_alone(MALL_DATABASE_URL=servers["MALL_DATABASE_URL"])
    mall.until("ready")

    assert not (home / "postgres").exists()
    assert (home / "valkey").is_dir()


def test_the_command_itself_refuses_a_misspelt_setting(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "cli", "run"],
        env=os.environ | {"MALL_PROT": "8001", "MALL_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "MALL_PROT: there is no such setting; did you mean MALL_PORT?" in done.stderr
    assert not (tmp_path / "home").exists()
