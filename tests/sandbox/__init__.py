"""Tests of the embedded engines, on real ones."""
