"""From a cart to an order: carts, quotes, placing, closing, and what orders tell.

- A **quote** (`pricing/`) is one pure function of lines, delivery, benefits and time. What the
  member saw of it comes back sealed, and an order is placed from that: it is priced again under
  locks, and where anything differs the member is told what, and nothing is placed.
- **Placing** (`placing/`) and **closing** (`closing.py`) are set-wise: a constant number of
  statements for a batch of any size, every outcome decided before anything is written. Locks are
  taken in one order: stock levels, members, orders, each ascending.
- Units are held when an order is placed and given back when it closes, by that move alone.
- An order's **status** moves by conditional updates; a trigger refuses every other move, and any
  change of what is frozen. Each move is a row of the history, which is a journal.
- What was reduced, by which source and at whose cost, is allocated to the lines when the order is
  placed, to the fen, and never computed again.

Rejected: a reservation that ends by itself (a unit would be sold twice when a payment is late),
prices sent by the client, and numbers that count (they tell everybody how much is sold).
"""
