"""Carts and orders in the schema."""
