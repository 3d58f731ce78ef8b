"""Placing orders: many at once, each wholly or not at all, by a constant number of statements.

`actions.place` locks and reads for all, `deciding` makes every outcome in memory, in the order of
asking, and `rows` writes all that was decided at once.
"""
