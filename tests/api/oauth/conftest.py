"""What the tests of the server share."""

import msgspec
import pytest
from joserfc.jwk import ECKey

from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.sessions.standing import signing_keys
from tests.api.client import Api


@pytest.fixture
async def signing_key(api: Api, database: Database, settings: Settings) -> ECKey:
    """The mall's own private key."""
    keys = await signing_keys(database.reads, settings.required_vault())
    return ECKey.import_key(msgspec.to_builtins(keys[-1].private))
