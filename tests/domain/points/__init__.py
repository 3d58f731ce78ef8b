"""Tests of the points ledger."""
