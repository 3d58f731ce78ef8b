"""Tests of addresses through the API."""
