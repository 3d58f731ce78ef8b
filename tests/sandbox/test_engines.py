"""The embedded servers start, keep their data, and refuse what they must not touch."""

import os
import pwd
import subprocess
from pathlib import Path

import psutil
import pytest

from sandbox.engines import EngineProblem, Engines, engines


def sql(running: Engines, statement: str) -> str:
    """Run a statement in the mall's database and return its only value."""
    psql = [running.bin / "psql", running.owner_url, "-qAtc", statement]
    return subprocess.run(psql, check=True, capture_output=True, text=True).stdout.strip()


def test_data_outlives_its_server_and_no_process_does(used_home: Path):
    with engines(used_home) as first:
        sql(first, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert sql(first, "SHOW fsync") == "on"
        assert sql(first, "SELECT lower('ÄÉ')") == "äé"

    assert not psutil.pid_exists(first.postgres_pid)
    assert not psutil.pid_exists(first.valkey_pid)
    with engines(used_home) as second:
        assert sql(second, "SELECT answer FROM kept") == "42"


def test_data_of_an_earlier_checkout_gets_the_role_of_the_application(used_home: Path):
    with engines(used_home) as first:
        sql(first, "DROP ROLE shoal_application")

    with engines(used_home) as second:
        assert (
            sql(
                second,
                "SELECT rolcanlogin AND NOT rolsuper FROM pg_roles "
                "WHERE rolname = 'shoal_application'",
            )
            == "t"
        )


def test_throwaway_engines_leave_nothing_behind(used_home: Path):
    with engines(used_home, throwaway=True) as running:
        assert sql(running, "SHOW max_connections") == "300"

    assert sorted(path.name for path in used_home.iterdir()) == ["home-id", "lock", "log"]


def test_a_home_serves_one_at_a_time(used_home: Path):
    with (
        engines(used_home, throwaway=True) as running,
        pytest.raises(EngineProblem, match=rf"already runs .*pid {os.getpid()}"),
        engines(used_home),
    ):
        pass

    assert not psutil.pid_exists(running.postgres_pid)


def test_data_of_another_version_is_refused_and_untouched(home: Path):
    data = home / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")

    with pytest.raises(EngineProblem, match="PostgreSQL 17; this release brings 18"), engines(home):
        pass

    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_a_folder_of_something_else_is_refused(home: Path):
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "letter.txt").write_text("dear")

    with pytest.raises(EngineProblem, match="holds no PostgreSQL data"), engines(home):
        pass

    assert (home / "postgres" / "letter.txt").read_text() == "dear"


def test_a_first_start_that_was_killed_is_begun_again(home: Path):
    (home / "postgres.new").mkdir(parents=True)
    (home / "postgres.new" / "PG_VERSION").write_text("18\n")

    with engines(home, throwaway=True) as running:
        assert sql(running, "SELECT 1") == "1"


def test_marks_whose_number_belongs_to_somebody_else_now_do_not_hinder(used_home: Path):
    with engines(used_home):
        pass
    mark = f"{os.getppid()}\n{used_home / 'postgres'}\n0\n5432\n{used_home / 'run'}\n\n1 1\nready\n"
    (used_home / "postgres" / "postmaster.pid").write_text(mark)
    (used_home / "run" / ".s.PGSQL.5432.lock").write_text(mark)

    with engines(used_home) as running:
        assert sql(running, "SELECT 1") == "1"
    assert psutil.pid_exists(os.getppid())


def test_data_that_valkey_cannot_load_is_set_aside(used_home: Path):
    with engines(used_home):
        pass
    base = next((used_home / "valkey" / "appendonlydir").glob("*.base.rdb"))
    base.write_bytes(b"REDIS9999 of another time")

    with engines(used_home) as running:
        assert running.valkey_pid

    assert (used_home / "valkey.bad-1" / "appendonlydir").is_dir()


@pytest.mark.parametrize("name", ["a" * 90, "商城, 'new'"])
def test_a_path_that_no_socket_fits_in_is_no_hindrance(used_home: Path, name: str):
    home = used_home.rename(used_home.parent / name)

    with engines(home, throwaway=True) as running:
        assert "%2Ftmp%2Fshoal-" in running.database_url
        assert sql(running, "SELECT 1") == "1"


@pytest.mark.skipif(os.getuid() != 0, reason="only root meets data of others")
def test_root_runs_data_as_its_owner_and_adopts_its_own(used_home: Path):
    with engines(used_home) as first:
        assert first.account
        owner = first.account.uid
    for path in (used_home / "postgres", *(used_home / "postgres").rglob("*")):
        os.chown(path, 0, 0)

    with engines(used_home) as restored:
        assert restored.account == first.account
    assert (used_home / "postgres").stat().st_uid == owner

    nobody = pwd.getpwnam("nobody")
    for data in (used_home / "postgres", used_home / "valkey"):
        for path in (data, *data.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    with engines(used_home) as of_other:
        assert psutil.Process(of_other.postgres_pid).uids().real == nobody.pw_uid
