"""A small form of the restore drill, on the settings and the script of docs/production.md."""

import subprocess
from pathlib import Path

import pytest

from sandbox.brand.range import CORE
from sandbox.brand.seeding import Wish
from tests import drill
from tests.sandbox.homes import copy, open_folder, template

__all__ = ["open_folder", "template"]

ARCHIVE = drill.PRODUCTION / "archive-wal"
SMALL = Wish(products=CORE, members=20)


@pytest.fixture
def folder(open_folder: Path, template: Path) -> Path:
    """Return a folder with a home to lose, whose database is made already."""
    (open_folder / "source").mkdir(mode=0o755)
    copy(template, open_folder / "source" / "postgres")
    return open_folder


def test_a_lost_mall_comes_back_as_it_was_at_the_moment(folder: Path):
    report = drill.drill(folder, movements=6, wish=SMALL)

    assert report.entries > 6 * 20
    assert report.entries_after_the_moment == 3 * 20
    assert report.rows > report.entries
    assert report.backup_bytes > 0
    assert report.archive_bytes > 0
    assert {"mall audit", "pg_checksums"} <= set(report.proofs)


def test_a_row_that_is_missing_changed_or_too_many_is_noticed():
    moment = {"places": (2, "digest"), "products": (48, "digest"), "variants": (1, "digest")}
    other = {"places": (1, "digest"), "products": (48, "other"), "orders": (1, "digest")}
    assert drill.differing(moment, dict(moment)) == []
    assert drill.differing(moment, other) == ["orders", "places", "products", "variants"]


def test_a_segment_is_archived_whole_once_and_never_replaced(tmp_path: Path):
    segment, other = tmp_path / "segment", tmp_path / "other"
    segment.write_bytes(b"first")
    other.write_bytes(b"second")
    kept = tmp_path / "archive"
    kept.mkdir()
    (kept / "0001.part").write_bytes(b"of a crash")

    assert archive(kept, segment) == 0
    assert archive(kept, segment) == 0
    assert archive(kept, other) != 0

    assert (kept / "0001").read_bytes() == b"first"
    assert [path.name for path in kept.iterdir()] == ["0001"]
    assert archive(tmp_path / "nowhere", segment) != 0


def archive(kept: Path, segment: Path) -> int:
    """Archive a segment under one name, and return the status that PostgreSQL goes by."""
    return subprocess.run([ARCHIVE, kept, segment, "0001"], check=False).returncode
