"""Freight and pick-up through the front door."""
