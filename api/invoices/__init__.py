"""Invoices: asked for by members, made elsewhere and noted by who keeps the books."""
