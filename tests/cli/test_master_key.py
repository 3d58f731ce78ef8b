"""The master key of a development mall: kept with it, and its owner's alone."""

from pathlib import Path

import pytest

from cli import master_key
from cli.run import plan_of
from domain.kernel.settings import SettingsRefused, read_settings
from tests.conftest import MASTER_KEY

SERVERS = {"MALL_DATABASE_URL": "postgresql://db/mall", "MALL_REDIS_URL": "redis://cache"}


def test_it_is_made_once_and_opens_what_it_sealed(tmp_path: Path):
    key = master_key.kept(tmp_path)
    assert master_key.kept(tmp_path) == key
    assert read_settings({"MALL_MASTER_KEYS": key}).required_vault()
    assert master_key.file_of(tmp_path).stat().st_mode & 0o777 == 0o600


def test_another_mall_has_another_and_so_has_a_new_one(tmp_path: Path):
    key = master_key.kept(tmp_path)
    master_key.forget(tmp_path)
    master_key.forget(tmp_path)
    assert master_key.kept(tmp_path) != key


def test_a_key_that_is_given_is_used_and_production_wants_one():
    assert plan_of({}).keeps_master_key
    assert not plan_of({"MALL_MASTER_KEYS": MASTER_KEY}).keeps_master_key
    production = {**SERVERS, "MALL_PROFILE": "production", "MALL_PUBLIC_URL": "https://mall.test"}
    with pytest.raises(SettingsRefused, match="MALL_MASTER_KEYS: is missing"):
        plan_of(production)
    assert not plan_of({**production, "MALL_MASTER_KEYS": MASTER_KEY}).keeps_master_key
