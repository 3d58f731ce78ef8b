"""The points mall: offers of goods for points, or for points and cash, and their redemption (R1).

An offer is of one variant. A unit costs so many points and so much cash, which is less than its
list price; the offer has units of its own to give, and may have a limit for each member. What a
member redeems is an order like any other: its one line stands at its list price, and what cash does
not pay is taken off it by an allocation of the class POINTS. So paying, closing, refunding and
showing it need no other rules: points are held, captured, released and given back with the order.
Points as money and coupons have no place in it, and points never pay freight.

- `pool`: offers under lock, after levels of stock and before orders (architecture 0.15), and what
  is taken of them. An order that is closed, and unsent units that are refunded, give back what they
  took, to the offer and to the member's limit.
- `publishing`: what operators do to offers. `actions`: redeeming. `views`: who sees what.

Rejected: a stock level for each offer (units are the warehouse's, and would be held twice), and an
order that remembers its offer in a column (a column of a hot table that almost no row needs).
"""
