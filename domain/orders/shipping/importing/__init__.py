"""Sending many parcels from a table: a row is units of a parcel, or a parcel of all that is left.

Rows with one order, carrier and number are one parcel, which is sent whole or not at all, by the
path of the mutation (`domain.orders.shipping.sending`, an audit row each). A number that the order
has already is sent: the same table twice sends nothing twice. A preview does all of it and undoes
it, chunk by chunk, so it refuses what sending would refuse.
"""
