"""Reports of days of business: what was sold, and what money moved, exact to the fen.

A day goes from midnight to midnight in Shanghai and counts what happened on it: an order on the
day it was placed, its price on the day it was paid, and a refund on the day the money was back,
whatever day its order is of. All of it is read from journals, so a day that is over never changes
and nothing has to be frozen. Of what is begun at midnight and committed just after it, a report
read in between knows nothing yet.

Sales are told by the history of orders and their frozen prices, refunds and money by the entries
of the clearing: two books that `mall audit` holds against each other, and so do the tests.
"""
