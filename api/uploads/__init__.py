"""Uploads at the edge: their mutations, and the address to which bytes are sent."""
