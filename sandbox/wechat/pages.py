"""Which pages of the mini-program are there."""

import re

_PATH = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*")
UNRELEASED = "unreleased"


def is_path(page: str) -> bool:
    """Whether this is the path of a page: without a leading slash, without a query."""
    return bool(_PATH.fullmatch(page))


def is_released(page: str) -> bool:
    """Whether the released mini-program has this page.

    It has every page but those with a folder or a name that begins with ``unreleased``.
    """
    return not any(part.startswith(UNRELEASED) for part in page.split("/"))
