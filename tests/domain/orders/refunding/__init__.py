"""Tests of `domain.orders.refunding`."""
