"""Invoices (发票): asked for by who has paid, made elsewhere, and noted here.

Shoal makes no invoices itself: the staff make them at the tax bureau's platform and note number
and amount. What a request is for is what was actually paid, goods and freight, less what has gone
back by then. Each refund of an order's money counts at its invoice once: before the invoice is
made the amount becomes less, to nothing in the end; after that a red-letter invoice (红字发票) of
the refund is owed until somebody notes that it was made.

Title, tax number and e-mail are sealed in one document, which is erased without touching the
books: amounts, numbers and days stay. Money that never was an order's (paid twice, or too late)
has no invoice, and its refund none either.
"""
