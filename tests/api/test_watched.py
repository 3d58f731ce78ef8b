"""What is looked at again and again: when it is said that it cannot be seen."""

from structlog.typing import EventDict

from api.watched import Watched


class Thing:
    """Something that is there or not, and a clock."""

    def __init__(self) -> None:
        self.is_there = False
        self.now = 0.0
        self.watched = Watched("things", self.look, awaited=30, now=lambda: self.now)

    async def look(self) -> None:
        """Look at it."""
        if not self.is_there:
            raise LookupError


def warned(logged: list[EventDict]) -> int:
    return [each["event"] for each in logged].count("standing.not_seen")


async def test_what_is_not_there_yet_is_no_warning_for_a_while(logged: list[EventDict]):
    thing = Thing()
    await thing.watched.look()
    thing.now = 29
    await thing.watched.look()
    assert warned(logged) == 0
    for thing.now in (30, 31):
        await thing.watched.look()
    assert warned(logged) == 1


async def test_what_was_seen_and_is_away_is_said_of_at_once_and_once(logged: list[EventDict]):
    thing = Thing()
    for is_there in (False, True, False, False, True, False):
        thing.is_there = is_there
        await thing.watched.look()
    assert warned(logged) == 2
