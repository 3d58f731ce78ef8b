"""Giving back what was paid for an order: how much to the fen, and what that does to the order.

What comes back of a line is the cumulative split of what the line cost (R0, R3), so any sequence
of refunds by units and by amounts ends in the same sums and never gives back more than was paid.
"""
