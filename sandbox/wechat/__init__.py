"""A WeChat on this machine, for development and tests: it verifies and fails as the real one.

A `World` is what it knows (people, codes, tokens, faults), `create_app` serves it over HTTP. What
the vendor documents is kept to; what it leaves open is said where it was decided.
"""
