"""Lets ``python -m cli`` stand for the ``mall`` command."""

from cli.main import main

main()
