"""The duty to tell WeChat how what was paid for reaches its member (WeChat Pay 2.12).

Until that is told and accepted, and the member has confirmed it there, the money of a payment
stands frozen at WeChat. So each payment of WeChat Pay that an order has is a duty of its own, with
a time by when it is due: two days after it was paid, or the day that a special report has named.

What there is to tell follows from the parcels of the order at the moment of telling, and is told
whole each time. A duty is taken in one transaction, told without any, and what came of it is
written in another. Nobody knows whether a call that was cut off took effect: so the next turn asks
first, and tells again only what WeChat does not have.

WeChat takes one correction of what was told to the end, so the second one is for people. That a
member has confirmed at WeChat frees the money, and moves no order: `confirmReceipt` is a word of
the member's to the mall, and neither says or takes back the other.

Locks: duties alone, by the id of their payment: ascending in the keepers of facts, with SKIP LOCKED
where turns are taken. Nothing else is locked behind them.
"""
