"""What a process looks at again and again, on its own account."""

from collections.abc import Awaitable, Callable

from domain.kernel.logs import logger

_LOG = logger(__name__)


class Watched:
    """One thing that is looked at again and again, and said of once when it cannot be."""

    def __init__(self, name: str, look: Callable[[], Awaitable[None]]) -> None:
        self._name = name
        self._look = look
        self._is_away = False

    def seen(self) -> None:
        """Note that it is there, where a look goes on for as long as it is."""
        self._is_away = False

    async def look(self) -> None:
        """Look; whatever goes wrong may not end the looking, or nobody would be signed out."""
        try:
            await self._look()
        except Exception as error:
            if not self._is_away:
                _LOG.warning("standing.not_seen", what=self._name, reason=repr(error))
            self._is_away = True
        else:
            self._is_away = False
