"""Tests of invoices."""
