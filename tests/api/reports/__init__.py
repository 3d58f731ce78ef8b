"""Tests of reports in the API."""
