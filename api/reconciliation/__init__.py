"""Reconciliation, for those of the staff who keep its account."""
