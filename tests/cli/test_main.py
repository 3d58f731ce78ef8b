"""The ``mall`` command itself."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import COMMANDS
from cli.main import mall as command

ROOT = Path(__file__).parents[2]


def mall(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_lists_its_subcommands_without_loading_them():
    listed = mall("--help").stdout
    assert all(f"  {name} " in listed for name in COMMANDS)


def test_a_command_that_is_none_is_told():
    done = CliRunner().invoke(command, ["dance"])
    assert done.exit_code == 2
    assert "No such command 'dance'" in done.output


def test_a_package_that_production_does_not_install_is_named(tmp_path: Path):
    (tmp_path / "psutil.py").write_text("raise ModuleNotFoundError(name='psutil')")
    done = mall("run", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "`mall run` needs a package that is not installed (psutil)" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_migrations_can_be_read_without_a_database():
    done = mall("migrate", "--sql")
    assert done.returncode == 0
    assert "CREATE TABLE products" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does(name: str):
    done = CliRunner().invoke(command, [name, "--help"])
    assert done.exit_code == 0
    assert done.output.startswith("Usage: ")
