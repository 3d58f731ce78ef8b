"""Tests of freight and pick-up."""
