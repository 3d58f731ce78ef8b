"""Comparing PINs: charged in a transaction of its own, then beside the event loop."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.attempts import Attempts, Limit
from api.hashing import Hashing
from api.oauth.driver import Driver, awaited, unit
from api.oauth.refusals import Refusals
from api.oauth.tokens import AccessTokens
from domain.kernel.actors import Pad
from domain.kernel.errors import Forbidden, Unauthenticated
from domain.staff.pins import PinTry, charge_try
from domain.staff.rules import tidy_login

PIN_TRIES = Limit("pin_tries", most=20, seconds=300)
"""PINs that may be tried at one pad, whoever's they are; right ones count as well."""


@dataclass(frozen=True, slots=True)
class PinProof:
    """At which pad somebody stands, and whose PIN they know; None where that is not so."""

    pad: Pad | None
    right: PinTry | None


class Pins:
    """Compares PINs where passwords are: few at once."""

    def __init__(
        self,
        driver: Driver,
        tokens: AccessTokens,
        attempts: Attempts,
        hashing: Hashing,
        refusals: Refusals,
    ) -> None:
        self._driver = driver
        self._tokens = tokens
        self._attempts = attempts
        self._hashing = hashing
        self._refusals = refusals

    async def proof(self, form: Mapping[str, str]) -> PinProof:
        """Compare the PIN of a form. It takes as long where there is nothing to compare, and a
        wrong one is told no sooner than any other refusal.

        Faults: RATE_LIMITED, and `Busy`.
        """
        pad = self._pad(form["device_token"])
        if pad is None:
            return PinProof(None, None)
        await self._attempts.take(PIN_TRIES, pad.key)
        login, pin = tidy_login(form["login"]), form["pin"]
        async with self._hashing.turn() as turn:
            earliest = self._refusals.earliest()
            charged = await self._driver.run(
                lambda: awaited(charge_try(unit().session, login, pad.store_id, at=unit().at))
            )
            kept = charged.pin_hash if charged else None
            is_theirs = await turn.is_right(pin, kept)
        if not is_theirs:
            await self._refusals.wait(earliest)
        return PinProof(pad, charged if is_theirs else None)

    def _pad(self, token: str) -> Pad | None:
        """The pad that a token is of, itself and not of the staff at it. Faults: `Busy`."""
        try:
            actor = self._tokens.actor(token)
        except (Unauthenticated, Forbidden):
            return None
        return actor if isinstance(actor, Pad) else None
