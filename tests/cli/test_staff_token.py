"""The development mall's staff token: made once, for its owner's eyes, and gone with the mall."""

import stat
from pathlib import Path

from cli import staff_token
from cli.run import plan_of
from domain.kernel.settings import read_settings
from tests.conftest import MASTER_KEY


def test_a_token_is_made_once_and_fits_its_setting(tmp_path: Path):
    token = staff_token.kept(tmp_path)
    assert staff_token.kept(tmp_path) == token
    settings = read_settings({"MALL_PROFILE": "development", "MALL_STAFF_TOKEN": token})
    assert settings.staff_token
    assert settings.staff_token.get_secret_value() == token


def test_every_mall_has_its_own(tmp_path: Path):
    homes = [tmp_path / name for name in ("a", "b")]
    for home in homes:
        home.mkdir()
    assert staff_token.kept(homes[0]) != staff_token.kept(homes[1])


def test_only_its_owner_reads_it(tmp_path: Path):
    staff_token.kept(tmp_path)
    path = staff_token.file_of(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    staff_token.kept(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_crash_left_is_no_token(tmp_path: Path):
    (tmp_path / "staff-token.new").write_text("")
    assert len(staff_token.kept(tmp_path)) >= 16
    assert [path.name for path in tmp_path.iterdir()] == ["staff-token"]


def test_a_forgotten_token_is_followed_by_another(tmp_path: Path):
    token = staff_token.kept(tmp_path)
    staff_token.forget(tmp_path)
    staff_token.forget(tmp_path)
    assert staff_token.kept(tmp_path) != token


def test_only_a_development_mall_that_was_given_none_keeps_one():
    assert plan_of({}).keeps_staff_token
    given = plan_of({"MALL_STAFF_TOKEN": "a-token-of-an-operator"})
    assert not given.keeps_staff_token
    assert given.environment["MALL_STAFF_TOKEN"] == "a-token-of-an-operator"  # noqa: S105
    production = {"MALL_PROFILE": "production", "MALL_PUBLIC_URL": "https://mall.example"}
    assert not plan_of({**production, "MALL_MASTER_KEYS": MASTER_KEY}).keeps_staff_token
