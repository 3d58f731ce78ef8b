"""What a mall needs before anybody can sign in: a signing key, and the brand's own clients."""

from api.oauth.standing import Standing
from api.writing import Writes, writing
from domain.kernel.clock import Clock
from domain.sessions import clients


class Beginning:
    """Made once for each process, with its first request of a client or a browser.

    So no step of setting up is left to anybody.

    What a service outside is configured for is there afterwards: the mini-program's client where
    there is a mini-program, the app's where text messages can be sent. The staff's ``playground``
    is there always, and comes back to that address alone.
    """

    def __init__(
        self,
        writes: Writes,
        standing: Standing,
        clock: Clock,
        *,
        wechat_app_id: str | None,
        sends_codes: bool,
        playground: str,
    ) -> None:
        self._writes = writes
        self._standing = standing
        self._clock = clock
        self._own = clients.own_clients(
            wechat_app_id=wechat_app_id, sends_codes=sends_codes, playground=playground
        )
        self._is_made = False

    async def make(self) -> None:
        """Make what is missing. Faults: `Busy`."""
        await self._standing.ensure_key()
        if not self._is_made:
            async with writing(self._writes) as session:
                await clients.keep_own(session, self._own, at=self._clock())
            self._is_made = True
