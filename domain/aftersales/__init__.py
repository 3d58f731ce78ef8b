"""After-sales: what a member asks for once an order is paid, and how the staff answer.

A case is about units of lines, or an amount of them: money back, money back for goods that come
back, or other units in their place. What comes back is told to the fen before the member asks for
it and frozen with the case; every move is drawn in `docs/aftersales.md` and has its deadline.
"""
