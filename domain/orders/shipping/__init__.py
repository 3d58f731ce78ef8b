"""Sending what was paid for, parcel by parcel, until its member has it.

Units are held until a parcel has them and sold from then on: a parcel and its movements of stock
are written together, under the order's lock. What was sent is frozen, but for who brings it.
"""
