"""The price of what a member would order: pure functions of values, to the fen (R0, R2).

`pipeline.price` takes goods, a freight charge and the benefits that were chosen, and explains the
whole price: each line's list price, each reduction with its source and who bears it, the freight,
the total, and of each benefit that did nothing, why. It knows no database and no clock. The result
is the same whatever the order of what goes in.
"""
