"""Paying at the edge."""
