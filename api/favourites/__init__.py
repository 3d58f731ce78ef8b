"""Favourites in the schema."""
