"""``mall reset`` deletes a mall, and offers what malls that are gone have left."""

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import fake_wechat, staff_token
from cli.reset import command
from sandbox.engines import outside
from sandbox.engines.home import claimed


@pytest.fixture
def made_home(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a home with something in it; nothing is left of other malls."""
    (tmp_path / "system").mkdir()
    monkeypatch.setattr(outside, "SYSTEM_FOLDERS", (tmp_path / "system",))
    with claimed(home) as claim:
        claim.identity()
        claim.log("api").write_text("line\n")
        (claim.media / "picture.svg").write_text("<svg/>")
    staff_token.kept(home)
    fake_wechat.kept(home, api_port=8000)
    (home / "private" / "incoming").mkdir(parents=True)
    (home / "postgres").mkdir()
    return home


@pytest.fixture
def orphan(made_home: Path, tmp_path: Path) -> Path:
    """Return the data of another mall, whose home is gone."""
    gone = tmp_path / "gone"
    with claimed(gone) as claim:
        base = outside.folder_of(claim.identity())
        outside.make(base)
        outside.note(base, claim)
    shutil.rmtree(gone)
    return base


def reset(home: Path, *words: str, answers: str = "") -> Result:
    """Run the command on a home."""
    return CliRunner().invoke(command, words, input=answers, env={"MALL_HOME": str(home)})


def test_everything_of_the_mall_goes_when_confirmed(made_home: Path):
    assert reset(made_home, answers="n\n").exit_code == 1
    assert (made_home / "postgres").is_dir()

    done = reset(made_home, answers="y\n")

    assert done.exit_code == 0
    assert f"Delete all data of the mall in {made_home}?" in done.output
    assert done.output.endswith("Deleted; make run begins anew.\n")
    assert not made_home.exists()


def test_a_mall_that_runs_is_not_reset(made_home: Path):
    with claimed(made_home):
        done = reset(made_home, "--yes")

    assert done.exit_code == 1
    assert "already runs from this folder" in done.output
    assert (made_home / "postgres").is_dir()


@pytest.mark.skipif(os.getuid() != 0, reason="only root keeps data outside")
def test_what_a_gone_mall_left_is_deleted_only_when_that_is_confirmed(
    made_home: Path, orphan: Path, tmp_path: Path
):
    done = reset(made_home, answers="y\ny\n")
    assert f"{orphan} (0 MB) belongs to a mall that was in {tmp_path / 'gone'}" in done.output
    assert orphan.is_dir()
    assert not made_home.exists()
    assert reset(made_home, "--orphans", "--yes").exit_code == 0
    assert reset(made_home, "--orphans", answers="n\n").exit_code == 0
    assert orphan.is_dir()

    done = reset(made_home, "--orphans", answers="y\n")

    assert done.output.startswith(f"There is no mall in {made_home}.\n")
    assert not orphan.exists()
