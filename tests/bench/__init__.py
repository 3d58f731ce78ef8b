"""Tests of the benchmarks: that they compare equal things; never how fast anything is."""
