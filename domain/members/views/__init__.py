"""Reads of the members: what they see of themselves, and what staff see of them."""
