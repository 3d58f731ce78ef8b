"""The ``mall`` command: everything that is started by hand or by a supervisor."""
