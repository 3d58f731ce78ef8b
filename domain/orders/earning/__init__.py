"""What orders do to points: what they will earn is shown, and what they have earned is kept up.

A quote and a product tell what is earned (`showing`). What happens to an order marks it as due
(`due`); a sweep takes due orders and brings the points of each up to where its order is
(`domain.points.earning.keeping`): earned when it is paid, to settle when it is received. Done
again it changes nothing. What a refund takes back is taken in the transaction of its success.

Rejected: points in the transaction of the payment (its hot path would lock one more row and write
three more tables, and nobody waits for pending points), and in the relay's (it locks orders after).
"""
