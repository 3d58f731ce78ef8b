"""A WeChat Pay (APIv3) on this machine: it verifies, signs, refuses and tells as the real one.

A `PayDesk` is what it knows of one merchant (orders, refunds, nonces), a `Notifier` what it tells
the mall by itself. What the vendor documents is kept to; what it leaves open is said where it was
decided.
"""
