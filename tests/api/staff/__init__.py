"""Tests of the staff at the edge."""
