"""The ``mall`` command, as patient with the machine as the malls in test processes."""

import pytest

from cli.main import main
from tests.patience import make_patient

if __name__ == "__main__":
    make_patient(pytest.MonkeyPatch())
    main()
