"""Logs are bounded while they are written."""

from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.engines.home import Home, claimed

BOUND = 1_000


@pytest.fixture
def claim(home: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Home]:
    """Return a claimed home whose logs may only be short."""
    monkeypatch.setattr("sandbox.engines.home.LOG_KEPT_BYTES", BOUND)
    with claimed(home) as claim:
        yield claim


def test_a_large_log_is_put_aside_and_its_writer_goes_on_at_the_beginning(claim: Home):
    log = claim.log("api")
    with log.open("ab", buffering=0) as writer:
        for round_ in range(3):
            writer.write(b"first\n" + b"%d" % round_ * BOUND + b"last\n")

            claim.bound_logs()

            writer.write(b"goes on\n")
            assert log.read_bytes() == b"goes on\n"
            aside = log.with_name("api.log.1").read_bytes()
            assert len(aside) == BOUND
            assert aside.endswith(b"%dlast\n" % round_)
            assert "first" not in aside.decode()

    assert sorted(path.name for path in log.parent.iterdir()) == ["api.log", "api.log.1"]


def test_a_small_log_is_left_alone(claim: Home):
    log = claim.log("api")
    log.write_bytes(b"x" * BOUND)

    claim.bound_logs()

    assert log.stat().st_size == BOUND


def test_a_log_that_cannot_be_kept_is_given_up_for_room(claim: Home):
    log = claim.log("api")
    log.write_bytes(b"x" * (BOUND + 1))
    log.with_name("api.log.1").mkdir()

    claim.bound_logs()

    assert log.stat().st_size == 0
    assert sorted(path.name for path in log.parent.iterdir()) == ["api.log", "api.log.1"]


def test_a_log_from_before_is_put_aside_at_the_start(home: Path, monkeypatch: pytest.MonkeyPatch):
    with claimed(home) as claim:
        claim.log("api").write_bytes(b"x" * (BOUND + 1))
    monkeypatch.setattr("sandbox.engines.home.LOG_KEPT_BYTES", BOUND)

    with claimed(home) as claim:
        assert claim.log("api").stat().st_size == 0
