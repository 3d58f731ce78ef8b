"""Tests of favourites through the API."""
