"""Fixtures of the tests of workers."""

from pathlib import Path

import pytest

from domain.kernel.db import Database
from tests import make
from tests.workers.import_desk import Desk, furnish


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    """An empty mall with a shelf and two tags."""
    await furnish(database)
    return Desk(database, make.media_folder(tmp_path))
