"""How often what public answers tell of has changed, as far as this process has heard."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager, suppress

from api.watched import Watched
from domain.kernel.epochs import CHANNEL, Subject
from domain.kernel.listening import listen

AGAIN_SECONDS = 1.0
"""How long after a lost connection the next one is tried."""


class Epochs:
    """A number for each subject, which grows with each change that is heard of."""

    def __init__(self) -> None:
        self._heard = {each.value: 0 for each in Subject}

    def of(self, subjects: Collection[str]) -> int:
        """The epoch of all these together: the same one while none of them has changed."""
        together = 0
        for each in subjects:
            together += self._heard[each]
        return together

    def hear(self, told: str | None) -> None:
        """Take note that a subject has changed.

        That may be any of them where something was missed (None), or where the subject is none of
        this release's.
        """
        for each in [told] if told in self._heard else [*self._heard]:
            self._heard[each] += 1

    @asynccontextmanager
    async def kept(self, url: str) -> AsyncGenerator[None]:
        """Listen to the PostgreSQL at ``url`` as long as the block runs, whenever it is there.

        Where it is there, it is listened to when the block begins.
        """
        has_tried = asyncio.Event()
        listening = asyncio.create_task(self._keep(url, has_tried))
        try:
            await has_tried.wait()
            yield
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _keep(self, url: str, has_tried: asyncio.Event) -> None:
        def hear(told: str | None) -> None:
            watched.seen()
            self.hear(told)
            has_tried.set()

        watched = Watched("epochs", lambda: listen(url, CHANNEL, hear))
        while True:
            await watched.look()
            has_tried.set()
            await asyncio.sleep(AGAIN_SECONDS)
