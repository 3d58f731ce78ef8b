"""What is kept, bounded in number and in bytes: what was not asked for the longest goes first."""

from collections import OrderedDict
from collections.abc import Hashable

import msgspec

from api.caching.encoded import Encoded

MOST_BYTES = 16_000_000
"""Bodies of a process, in both forms."""
BESIDE_BYTES = 14_000
"""What an answer takes besides its body: its key, and its headers in each form."""
LARGEST_BYTES = 500_000
"""Of one body: with a few more of that size nothing else would find room."""


class Kept(msgspec.Struct, frozen=True):
    """An answer, of which epoch it is, and until when it may be served."""

    encoded: Encoded
    epoch: int
    until: float

    @property
    def size(self) -> int:
        """The most that it takes in memory: packed it is no longer than plain, but for a header."""
        return 2 * len(self.encoded.plain) + BESIDE_BYTES


class Shelf:
    """The answers that are kept, by what was asked."""

    def __init__(self, most: int, most_bytes: int = MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes_kept(self) -> int:
        """How much is kept."""
        return self._bytes

    def get(self, key: Hashable) -> Kept | None:
        """What is kept there, however old."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def put(self, key: Hashable, kept: Kept) -> None:
        """Keep an answer in the place of an older one, and let go what there is no room for."""
        self._let_go(key)
        if len(kept.encoded.plain) > LARGEST_BYTES:
            return
        self._kept[key] = kept
        self._bytes += kept.size
        while len(self._kept) > self._most or self._bytes > self._most_bytes:
            self._let_go(next(iter(self._kept)))

    def _let_go(self, key: Hashable) -> None:
        before = self._kept.pop(key, None)
        if before is not None:
            self._bytes -= before.size
