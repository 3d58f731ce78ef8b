"""Tests of orders through the API."""
