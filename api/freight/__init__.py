"""Freight and pick-up in the schema."""
