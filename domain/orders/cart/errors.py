"""What a cart refuses, besides `InvalidInput` and a member who is blocked."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class VariantUnavailable(Refused):
    """There is no such variant, or nobody can see it at this moment."""


@dataclass(eq=False)
class NotOrderable(Refused):
    """The product is of a kind that cannot be ordered yet."""


@dataclass(eq=False)
class CartFull(Refused):
    """The cart has as many lines as a cart may have."""

    most: int


@dataclass(eq=False)
class TooManyUnits(Refused):
    """The line would have more units than a line may have; it has ``in_cart`` now."""

    most: int
    in_cart: int


@dataclass(eq=False)
class CartLineUnavailable(Refused):
    """The member's cart has no such line."""


@dataclass(eq=False)
class PersonalisationNotAllowed(Refused):
    """The check of texts does not let these fields' texts through."""

    codes: list[str]
