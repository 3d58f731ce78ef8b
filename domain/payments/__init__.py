"""Payments: how money for an order comes in, exactly once, and goes back where it cannot be used.

An order becomes paid by what its gateway says, told by a verified notice or asked for, and never
by a client's word. What may have happened is asked about and never begun again under a new number.
"""
