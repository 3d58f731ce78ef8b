"""Where parcels are, as their carriers tell it: kept here, and asked for outside.

Nobody waits for a carrier. What was told last is a row with its moment, which orders are read
with; a sweep asks again after a while, and sooner where the member wants that. A turn is taken in
one transaction, the service is asked without any, and what it said is written in another.

It is news and moves nothing: what is delivered there is received here by its member's word, or
when its time is over.

Locks: rows of tracking alone, with SKIP LOCKED where turns are taken, behind orders and parcels.
"""
