"""The other edge: sweeps over due work, woken by arq. Knows the domain; never the API."""
