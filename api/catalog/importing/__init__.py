"""Importing products from tables, for staff."""
