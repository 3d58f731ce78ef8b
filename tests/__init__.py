"""The tests, laid out as what they test."""

import gc

# Hardly anything is garbage while modules are loaded, and looking for it takes a third of the time.
gc.set_threshold(20_000, 20, 20)
