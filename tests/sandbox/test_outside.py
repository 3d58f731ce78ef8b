"""What root's malls keep outside of their homes is found again when those are gone."""

import os
import shutil
from pathlib import Path

import pytest

from sandbox.engines import EngineProblem, outside
from sandbox.engines.home import claimed, locked

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root keeps data outside")


@pytest.fixture(autouse=True)
def system_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let an empty folder stand for the system's, and return it."""
    folder = tmp_path / "system"
    folder.mkdir()
    monkeypatch.setattr(outside, "SYSTEM_FOLDERS", (folder,))
    return folder


def data_of(home: Path) -> Path:
    """Make a home with two megabytes of data outside of it, and return the data's folder."""
    with claimed(home) as claim:
        base = outside.folder_of(claim.identity())
        outside.make(base)
        outside.note(base, claim)
    (base / "engines").write_bytes(b"x" * 2_000_000)
    return base


def test_what_belongs_to_a_mall_that_is_there_is_no_orphan(tmp_path: Path):
    data_of(tmp_path / "home")

    assert outside.orphans() == []


def test_the_data_of_a_removed_home_is_told_with_its_size_and_can_be_removed(tmp_path: Path):
    home = tmp_path / "home"
    base = data_of(home)
    shutil.rmtree(home)

    (orphan,) = outside.orphans()

    assert (orphan.folder, orphan.homes, orphan.megabytes) == (base, (home,), 2)
    orphan.remove()
    assert outside.orphans() == []
    assert not base.exists()


def test_a_fresh_checkout_at_the_old_path_does_not_own_the_old_data(tmp_path: Path):
    home = tmp_path / "home"
    old = data_of(home)
    shutil.rmtree(home)
    data_of(home)

    assert [orphan.folder for orphan in outside.orphans()] == [old]


def test_data_lives_as_long_as_one_copy_of_its_home(tmp_path: Path):
    home, copied = tmp_path / "home", tmp_path / "copy"
    base = data_of(home)
    shutil.copytree(home, copied)
    with claimed(copied) as claim:
        outside.note(base, claim)
    shutil.rmtree(copied)
    assert outside.orphans() == []
    shutil.rmtree(home)

    assert [orphan.homes for orphan in outside.orphans()] == [(home, copied)]


def test_data_in_use_and_folders_of_others_are_left_alone(tmp_path: Path, system_folder: Path):
    home = tmp_path / "home"
    base = data_of(home)
    shutil.rmtree(home)
    (orphan,) = outside.orphans()
    (system_folder / "shoal" / ("0" * 16)).mkdir()
    (system_folder / "shoal" / "something").mkdir()

    with locked(base / "lock"):
        assert outside.orphans() == []
        with pytest.raises(EngineProblem, match="is in use"):
            orphan.remove()

    assert base.is_dir()
