"""Tests of refunds of orders."""
