"""Where the brand is: its online warehouse and its stores.

Staff work in stores, pads stand in them, and units of stock lie there, so that this context lies
below them all and knows none of them.
"""
