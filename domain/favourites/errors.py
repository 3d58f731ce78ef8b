"""What the mall refuses about favourites."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class TooManyFavourites(Refused):
    """The member has as many favourites as one may have."""

    most: int
