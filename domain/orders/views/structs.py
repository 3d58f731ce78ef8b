"""What reads of orders answer with."""

ORDER = "order"
"""The kind in an order's public id."""
