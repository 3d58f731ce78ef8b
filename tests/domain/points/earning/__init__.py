"""Tests of how points are earned."""
