"""Which pages may open a WebSocket: browsers let any page try, and say which one it is."""

from collections.abc import Sequence

WECHAT = "https://servicewechat.com"
"""What a mini-program's phone says, where it says anything."""


class Origins:
    """The mall's own pages and the mini-program; and whatever is no browser, which says nothing."""

    def __init__(self, own: str) -> None:
        self._known = {own, WECHAT}

    def admit(self, origin: Sequence[str]) -> bool:
        """Whether a request with these ``Origin`` headers may go on."""
        return len(origin) == 0 or (len(origin) == 1 and origin[0] in self._known)
