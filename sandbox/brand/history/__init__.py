"""Two weeks of the demo brand before the present: orders, parcels, pick-ups, cases and invoices.

They are told as stories (`stories`, `complaints`) and made by the use cases of the mall itself and
by its worker, on a clock that goes through those weeks (`past`). WeChat Pay and its order centre
are played meanwhile (`gateway`), and in the end the fake WeChat is told what was paid, for it to
know that like anything else. All of it is one transaction.
"""
