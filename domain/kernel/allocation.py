"""Sharing an amount out so that the parts add up to it, to the fen (R0)."""

from collections.abc import Sequence


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Share ``total`` out by weight, losing and inventing nothing (R0 LR).

    Each part is rounded down; what is left over goes one each to the largest remainders, ties to
    the earlier part. A weight of 0 receives 0. Where no weight is positive only 0 can be shared.
    No part exceeds its weight as long as the total does not exceed their sum. ValueError for
    anything negative, and for an amount that nobody could receive.
    """
    whole = sum(weights)
    if total < 0 or any(weight < 0 for weight in weights) or (whole == 0 and total > 0):
        raise ValueError(f"{total} cannot be shared by {[*weights]}")
    if whole == 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def cumulative_share(total: int, part: int, whole: int) -> int:
    """What the first ``part`` of ``whole`` have of a total, rounded down (R0 S).

    A step has the difference of two of these, so all steps add up to the total, whatever they are.
    """
    return total * part // whole
