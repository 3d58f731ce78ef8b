"""What members of the demo brand like."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

from sandbox.brand.numbering import Numbered, id_of, number_of
from sandbox.brand.people import DemoMember
from sandbox.brand.range import CORE, Fate, fate_of

Row = dict[str, Any]

LIKING = 500
"""How many members like something: those that a person who tries the mall meets."""
_MOST_OF_A_MEMBER = 8
_GONE_TOO = frozenset({Fate.ON_SALE, Fate.ENDED})
"""Some like what has gone since."""
_WITHIN_SECONDS = 60 * 24 * 3600


def favourite_rows(
    seed: int, members: Iterable[DemoMember], products: int, at: datetime
) -> list[Row]:
    """The favourites of the first members, among so many products, added shortly before ``at``."""
    likeable = _likeable(seed, min(products, CORE))
    rows: list[Row] = []
    for member in members:
        if number_of(member.id) >= LIKING:
            break
        random = Random(f"likes {member.id.hex}")
        most = min(random.randrange(_MOST_OF_A_MEMBER + 1), len(likeable))
        for product_id in random.sample(likeable, most):
            age = timedelta(seconds=random.randrange(1, _WITHIN_SECONDS))
            added_at = at - min(age, member.age)
            rows.append({"member_id": member.id, "product_id": product_id, "added_at": added_at})
    return rows


@cache
def _likeable(seed: int, products: int) -> Sequence[UUID]:
    return [
        id_of(seed, Numbered.PRODUCT, number)
        for number in range(products)
        if fate_of(number) in _GONE_TOO
    ]
