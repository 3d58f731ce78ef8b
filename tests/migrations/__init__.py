"""Tests of the migrations package."""
