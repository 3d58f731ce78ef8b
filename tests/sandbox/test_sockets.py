"""The servers' sockets lie where nobody else gets in."""

import os
from pathlib import Path

import pytest

from sandbox.engines import sockets
from sandbox.engines.account import Account
from sandbox.engines.home import claimed
from sandbox.engines.problem import EngineProblem


def test_the_folder_is_private_and_in_the_home(home: Path):
    with claimed(home) as claim:
        folder = sockets.folder(claim, claim.path, None)

    assert folder == home / "run"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_short_folder_that_is_open_or_a_link_is_refused(open_folder: Path):
    with claimed(open_folder / ("a" * 100)) as claim:
        folder = sockets.folder(claim, claim.path, None)
        try:
            assert folder.parent == Path("/tmp")  # noqa: S108
            folder.chmod(0o755)
            with pytest.raises(EngineProblem, match="should be a folder with mode 0700"):
                sockets.folder(claim, claim.path, None)
            folder.rmdir()
            folder.symlink_to(open_folder)
            with pytest.raises(EngineProblem, match="should be a folder"):
                sockets.folder(claim, claim.path, None)
            folder.unlink()
        finally:
            if folder.is_dir():
                folder.rmdir()


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives folders away")
def test_root_gives_the_folder_to_the_account(home: Path):
    with claimed(home) as claim:
        folder = sockets.folder(claim, claim.path, Account(54321, 54321, "somebody"))

    assert folder.stat().st_uid == 54321
