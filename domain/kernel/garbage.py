"""How often Python looks for garbage that holds itself: seldom, and never in what stays anyway.

A collection goes through all objects that have survived. Those of the schema, the tables and the
documents are hundreds of thousands that never go; in a profile of a process that had just begun to
place orders, looking through them again and again was 0.44 of 1.45 seconds.
"""

import gc

_THRESHOLDS = (50_000, 20, 20)
"""New objects until the youngest are looked through, and how many times until the older ones are.

A request makes some thousands; nearly all of them go by themselves.
"""


def settle() -> None:
    """Take all that is there for good, and look for garbage seldom; once a process has started."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
