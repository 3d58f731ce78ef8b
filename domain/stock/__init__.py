"""How many units of each variant are where, and why.

A level is one variant at one place: units on hand, of these held for orders, and units sold.
Nothing changes a level but a movement, and every movement is an entry in the stock ledger with
its reason, the figures before and after, and the business fact that caused it:

- receive: a delivery came in. Write off: broken, lost, stolen. Adjust: a count found more or less.
- hold: an order reserves units. Release: the order ended without them. Sell: it was paid.
- take back: a return that was inspected and can be sold again.

Conservation is the table's: what is on hand and what was sold add up to what was supplied, so
no unit comes from nowhere. Entries are numbered for each level without gaps and each begins
where the one before ended; the ledger refuses to be changed. `mall audit` proves both.

Rejected: a row for each unit (levels of ten thousand are common and movements are by the lot),
and a level computed as the sum of its entries (a scan for each read).
"""
