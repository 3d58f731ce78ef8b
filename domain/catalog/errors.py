"""What the catalogue refuses, besides input that is no product (`InvalidInput`)."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class ProductUnavailable(Refused):
    """There is no such product."""


@dataclass(eq=False)
class ProductChanged(Refused):
    """Somebody has changed the product since it was read; it is now at this revision."""

    revision: int


@dataclass(eq=False)
class ProductArchived(Refused):
    """The product is archived: it has to be restored before anything else is done to it."""


@dataclass(eq=False)
class CategoryUnavailable(Refused):
    """There is no such category."""


@dataclass(eq=False)
class TagUnavailable(Refused):
    """There is no such tag."""


@dataclass(eq=False)
class HomePageChanged(Refused):
    """Somebody has arranged the home page since it was read; it is now at this revision."""

    revision: int
