"""Carts and orders through the front door."""
