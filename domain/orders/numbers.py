"""Order numbers: what people read out on the telephone, and what tells nobody how much is sold.

Eighteen digits: the shop's day, eleven drawn by chance, and a check digit, so that one mistyped
digit or two that changed places are noticed. Two orders that draw the same number are told
apart by the unique constraint; the batch is then carried out again with others.
"""

from datetime import datetime
from random import Random

from domain.kernel.clock import SHOP_ZONE

LENGTH = 18
_DRAWN = 11
_DOUBLED = str.maketrans("0123456789", "0246813579")
"""Each digit doubled, and the digits of that added up."""


def order_number(at: datetime, random: Random) -> str:
    """Draw the number of an order that is placed at that moment."""
    drawn = random.randrange(10**_DRAWN)
    digits = f"{at.astimezone(SHOP_ZONE):%y%m%d}{drawn:0{_DRAWN}d}"
    return digits + _check_digit(digits)


def is_order_number(text: str) -> bool:
    """Whether it can be one: eighteen digits of which the last checks the others."""
    is_long = len(text) == LENGTH and text.isascii() and text.isdigit()
    return is_long and _check_digit(text[:-1]) == text[-1]


def _check_digit(digits: str) -> str:
    """The digit that makes the sum of Luhn (ISO/IEC 7812-1) a multiple of ten."""
    doubled = digits[::-2].translate(_DOUBLED)
    return str(-sum(map(int, doubled + digits[-2::-2])) % 10)
