"""What the shop owes in points, day by day: a row that is written once and kept for good.

The figures are those of one look at all accounts, a moment after the shop's midnight; ``taken_at``
says when it was. What had ended by then counts no more, whether it has expired yet or not.
"""
