"""Orders that are picked up: made ready with a code, and handed over once at their store.

The code is twelve digits. Its digest finds the order, and its member alone can open what is
sealed. What hands over is `domain.orders.shipping.sending`, as for parcels.
"""
