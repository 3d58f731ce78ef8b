"""Tests of pads at the edge."""
