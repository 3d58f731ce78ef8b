"""The cart: a member's own rows on the server, so that it is the same on every channel.

A line is so many units of one variant with one personalisation; the same again adds to it. Lines
are selected one by one, and orders are placed from lines alone. Whatever changes a cart holds the
lock of its member's row, so that a cart is bounded and an order takes lines that nobody changes.

Rejected: prices in the cart (they would be out of date; a quote tells them), and a cart in the
client (it does not survive a change of channel).
"""
