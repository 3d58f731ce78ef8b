"""What a process looks at again and again, on its own account."""

import time
from collections.abc import Awaitable, Callable

from domain.kernel.logs import logger

_LOG = logger(__name__)
AWAITED_SECONDS = 30.0
"""How long something may not be there yet: a process may begin before the first migration ends."""


class Watched:
    """One thing that is looked at again and again, and said of once when it cannot be.

    Until it was seen for the first time that is no warning, for ``awaited`` seconds.
    """

    def __init__(
        self,
        name: str,
        look: Callable[[], Awaitable[None]],
        *,
        awaited: float = AWAITED_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._look = look
        self._is_away = False
        self._now = now
        self._awaited_until = now() + awaited
        self._is_new = True

    def seen(self) -> None:
        """Note that it is there, where a look goes on for as long as it is."""
        self._is_away = self._is_new = False

    async def look(self) -> None:
        """Look; whatever goes wrong may not end the looking, or nobody would be signed out."""
        try:
            await self._look()
        except Exception as error:
            if self._is_new and self._now() < self._awaited_until:
                return
            if not self._is_away:
                _LOG.warning("standing.not_seen", what=self._name, reason=repr(error))
            self._is_away = True
        else:
            self.seen()
