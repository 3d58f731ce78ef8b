"""WeChat's order centre: what the mall tells of its shipping, by which money is let go of.

Of what the vendor's pages leave open it does the stricter: parcels of one payment are known by
company and number, and what is told of one that is not finished is added to what was.
"""
