"""Tests of addresses and of the divisions that they lie in."""
