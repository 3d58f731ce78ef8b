"""Tests of the playground's server side."""
