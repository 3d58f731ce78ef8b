"""The machine's nginx, which tests start for themselves."""

import os
import shutil

import pytest


@pytest.fixture
def nginx() -> str:
    """The command. Where there is none the tests are left out, but never in CI."""
    path = shutil.which("nginx")
    if path is None:
        assert os.environ.get("CI") != "true", "CI has no nginx; .ci/run installs it"
        pytest.skip("there is no nginx here")
    return path
