"""Reconciliation: each day's bills of the gateway held against our payments and refunds, both ways.

A bill is taken in once and whole, or not at all. What one side has and the other has not, or has
otherwise, is a difference: it stays open until a later bill explains it, or a person has seen to
it. Money in flight, and what the bill that would tell it has not come for yet, is none.
"""
