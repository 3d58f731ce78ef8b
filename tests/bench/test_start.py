"""The benchmark of the start does what it says, in a small form; and a worker loads no more."""

import re
from pathlib import Path

import psutil
from redis.asyncio import Redis

from api.trusted.registry import trusted_documents
from bench.ground import Ground
from bench.start import measure
from tests.conftest import MASTER_KEY

SELDOM = {
    "alembic", "botocore", "dotenv", "hypothesis", "jinja2", "mako", "PIL", "psutil",
    "pydantic_settings", "pygments", "pytest", "sandbox", "setuptools", "workers",
}  # fmt: skip
"""What a worker of the API does without until somebody wants it, or for good."""
LOADED = re.compile(r"^import time: +\d+ \| +\d+ \| +([\w.]+)$", re.MULTILINE)


def test_a_worker_answers_all_documents_without_loading_what_it_seldom_needs(
    migrated_database_url: str, redis_url: str, redis: Redis, tmp_path: Path
):
    base = Ground(
        home=tmp_path,
        bin=tmp_path,
        database_url=migrated_database_url,
        owner_url=migrated_database_url,
        redis_url=redis_url,
        master_keys=MASTER_KEY,
        postgres=psutil.Process(),
    )
    outcome = measure(base, starts=1, more={"PYTHONPROFILEIMPORTTIME": "1"})
    (log,) = tmp_path.glob("server-*.log")
    loaded = {name.partition(".")[0] for name in LOADED.findall(log.read_text())}
    (row,) = outcome.rows
    assert {column.field for column in outcome.columns} == set(row)
    assert (row["starts"], row["documents"]) == (1, len(trusted_documents()))
    assert all(row.values())
    assert {"strawberry", "sqlalchemy", "api", "domain"} <= loaded
    assert sorted(loaded & SELDOM) == []
