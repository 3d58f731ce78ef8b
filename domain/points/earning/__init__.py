"""How orders earn points: by the programme that is in force when they are placed.

A programme is a base rate, rates of single products or categories, bonuses, caps, and how long
points are kept. Rates are in basis points of one point per yuan: by 10,000 a yuan earns one point.
Of the rates one applies to a line, the most specific: its product's, else the nearest category's,
else the base rate; 0 earns nothing. Bonuses are what channels, campaigns and tiers give on top, in
basis points of the points that their lines earn. They are added, never multiplied.

An order's points are rounded down twice, never for each line: once the points by the rates, once
the bonuses. Then the caps reduce them; what was wanted is kept beside what is granted.

Operators publish programmes as a whole. Each is a version with a number and the moment from which
it is valid, which is not before it was published; none is ever changed or deleted. In force at a
moment is the version that became valid last, of several the one with the highest number. So
which version an order has follows from when it was placed, for good, and nothing need be kept in
the order. A scheduled version is taken back by publishing another one for the same moment. Before
any was published version 0 is in force, which earns nothing.

Rejected: rules that are edited one by one (what an order earned could not be worked out again);
rates that multiply (three campaigns of double points would make eight times as many); rounding
each line (a cart of small things would earn nothing).
"""
