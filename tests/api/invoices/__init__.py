"""Tests of invoices in the API."""
