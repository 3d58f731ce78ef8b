"""Pads at the edge: for those in charge of stores, and for the pads themselves."""
