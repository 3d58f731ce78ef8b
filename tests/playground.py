"""The playground's build for tests: made once for each checkout, whichever process is first."""

import pytest

from api.playground.build import Build
from cli.building import NotBuilt, ensure_built


def say_nothing(line: str) -> None:
    """Listen to what a build tells."""


@pytest.fixture(scope="session")
def built_playground() -> Build:
    """The build of the sources as they are; fails where it cannot be made."""
    build = Build()
    ensure_built(build, say_nothing)
    return build


@pytest.fixture(scope="session")
def tried_playground() -> None:
    """Build it if that can be done, so that malls which tests start need not try it each."""
    try:
        ensure_built(Build(), say_nothing)
    except NotBuilt:
        return
