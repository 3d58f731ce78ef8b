"""The fake WeChat of a development mall: its port and its secrets, kept in the mall's folder."""

import secrets
import socket
import string
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cli.secret_file import read_secret, write_secret
from domain.kernel.clock import system_clock
from sandbox.engines.child import Child, Patience
from sandbox.engines.problem import EngineProblem
from sandbox.wechat import terms
from sandbox.wechat.loopback import leads_to_loopback
from sandbox.wechat.pay.keys import PayKeys, generate_keys, settings_of

DEMO_APP_ID = "wx0000000000000001"
DEMO_CUSTOMER = "0000000000000001"
HOST = "127.0.0.1"
NOTICES_PATH = "/webhooks/wechat-pay"
"""Where the mall takes what WeChat Pay tells it."""
TEMPLATES: Mapping[str, str] = {
    f"{terms.TEMPLATE}ORDER_PAID": "demo-order-paid"
    " thing1=title character_string2=order_number amount3=amount time4=time",
    f"{terms.TEMPLATE}ORDER_CLOSED": "demo-order-closed"
    " thing1=title character_string2=order_number phrase3=reason time4=time",
    f"{terms.TEMPLATE}PAYMENT_REFUNDED": "demo-payment-refunded"
    " thing1=title character_string2=order_number amount3=amount phrase4=reason time5=time",
    f"{terms.TEMPLATE}ORDER_SHIPPED": "demo-order-shipped"
    " thing1=title character_string2=order_number thing3=rest time4=time",
    f"{terms.TEMPLATE}CASE_MOVED": "demo-case-moved"
    " thing1=title character_string2=order_number thing3=reason time4=time",
    f"{terms.TEMPLATE}ORDER_READY": "demo-order-ready"
    " thing1=title character_string2=order_number time3=until",
    f"{terms.TEMPLATE}ORDER_FETCHED": "demo-order-fetched"
    " thing1=title character_string2=order_number time3=time",
    f"{terms.TEMPLATE}INVOICE_ISSUED": "demo-invoice-issued"
    " thing1=title character_string2=order_number amount3=amount time4=time",
    f"{terms.TEMPLATE}INVOICE_REJECTED": "demo-invoice-rejected"
    " thing1=title character_string2=order_number time3=time",
    f"{terms.TEMPLATE}ORDER_DELIVERED": "demo-order-delivered"
    " thing1=title character_string2=order_number time3=time",
    f"{terms.TEMPLATE}POINTS_EXPIRING": "demo-points-expiring"
    " thing1=title number2=points time3=until",
}
"""A template of each kind of message; both sides read the same settings."""
ANSWER_SECONDS = 20
_FILE = "wechat.json"
_STATE = "wechat-state.json"
"""Who and what payments the fake WeChat knows; it keeps that itself."""
_BEHIND_THE_API = 100
_TRIED_PORTS = 50
_LAST_PORT = 65535
_KEY_CHARACTERS = 43


class Agreement(msgspec.Struct, frozen=True):
    """What the mall and its fake WeChat have agreed on."""

    port: int
    app_secret: str
    push_token: str
    push_key: str
    sms_token: str
    pay: PayKeys | None = None
    """Both sides' keys at WeChat Pay; None in what was agreed on before there was one."""

    @property
    def url(self) -> str:
        """Where the fake WeChat, and on it the page of the phone, is."""
        return f"http://{HOST}:{self.port}"

    def settings(self, given: Mapping[str, str], mall_url: str | None = None) -> dict[str, str]:
        """Return what the mall's processes are told; an own SMS gateway stays as it was given.

        So do an own customer at Kuaidi100 and an own merchant at WeChat Pay. There is a fake one
        where it can call the mall.
        """
        wechat = {
            "MALL_WECHAT_URL": self.url,
            terms.APP_ID: DEMO_APP_ID,
            terms.APP_SECRET: self.app_secret,
            terms.PUSH_TOKEN: self.push_token,
            terms.PUSH_KEY: self.push_key,
            **TEMPLATES,
            **self._tracking_settings(given),
        } | self._pay_settings(given, mall_url)
        if any(name.startswith("MALL_SMS_") for name in given):
            return wechat
        return wechat | {"MALL_SMS_URL": f"{self.url}/sms", terms.SMS_TOKEN: self.sms_token}

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of the fake WeChat itself, which needs nothing else of a mall."""
        foreign = {name: value for name, value in given.items() if not name.startswith("MALL_")}
        return {
            **foreign,
            **self.settings(foreign),
            **({terms.PAY_KEYS: msgspec.json.encode(self.pay).decode()} if self.pay else {}),
            terms.PROFILE: "development",
            "PYTHONUNBUFFERED": "1",
        }

    def _tracking_settings(self, given: Mapping[str, str]) -> dict[str, str]:
        if any(name.startswith("MALL_TRACKING_") for name in given):
            return {}
        # One process plays all of them, and so one secret opens it.
        account = {terms.TRACKING_CUSTOMER: DEMO_CUSTOMER, terms.TRACKING_KEY: self.app_secret}
        return {"MALL_TRACKING_URL": self.url, "MALL_TRACKING_MINUTES": "1", **account}

    def _pay_settings(self, given: Mapping[str, str], mall_url: str | None) -> dict[str, str]:
        is_own = any(name.startswith("MALL_WECHAT_PAY_") for name in given)
        if is_own or not self.pay or mall_url is None or not leads_to_loopback(mall_url):
            return {}
        notify_url = f"{mall_url.rstrip('/')}{NOTICES_PATH}"
        return settings_of(self.pay, url=self.url, notify_url=notify_url)


@dataclass(frozen=True, slots=True)
class RunningWeChat:
    """The fake WeChat as a child of the mall."""

    agreement: Agreement
    child: Child

    def await_answer(self, patience: Patience) -> None:
        """Wait until it listens; `EngineProblem` when it does not."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while not _listens(self.agreement.port):
            if self.child.exit_status is not None or time.monotonic() > deadline:
                raise EngineProblem(
                    f"The fake WeChat does not answer at {self.agreement.url}; see its log "
                    f"{self.child.program.log}"
                )
            patience.pause(0.05)


def kept(home: Path, *, api_port: int, port: int | None = None) -> Agreement:
    """Return what is kept in the mall's folder, made at the first start.

    The port stays as long as it is free; one that is given is taken as it is. The mall is claimed
    meanwhile. Raises `EngineProblem` when no port is free.
    """
    path = home / _FILE
    agreement = _read(path)
    wanted = port or _free_port(agreement.port if agreement else None, api_port)
    if not agreement or agreement.port != wanted or not agreement.pay:
        agreement = _completed(_with_port(agreement, wanted))
        write_secret(path, msgspec.json.encode(agreement).decode())
    return agreement


def command(
    serve: Sequence[str], agreement: Agreement, mall_url: str, *, state: Path | None = None
) -> tuple[str, ...]:
    """Return the command line of the fake WeChat; it calls back only a mall on loopback.

    With a file for its state it knows people and payments again when it is started again.
    """
    port = ("--port", str(agreement.port))
    mall = ("--mall-url", mall_url) if leads_to_loopback(mall_url) else ()
    kept = ("--state", str(state)) if state else ()
    return (*serve, *port, *mall, *kept)


def state_file(home: Path) -> Path:
    """Where the fake WeChat of a mall keeps what it knows."""
    return home / _STATE


def forget(home: Path) -> None:
    """Delete the agreement, and what the fake WeChat knows, with the mall that they belong to."""
    (home / _FILE).unlink(missing_ok=True)
    # The second one is a state that could not be read: it may name people all the same.
    for suffix in (".json", ".broken"):
        state_file(home).with_suffix(suffix).unlink(missing_ok=True)


def _read(path: Path) -> Agreement | None:
    with suppress(msgspec.DecodeError):
        return msgspec.json.decode(read_secret(path) or "", type=Agreement)
    return None


def _with_port(agreement: Agreement | None, port: int) -> Agreement:
    if agreement:
        return msgspec.structs.replace(agreement, port=port)
    characters = string.ascii_letters + string.digits
    return Agreement(
        port=port,
        app_secret=secrets.token_hex(16),
        push_token=secrets.token_hex(16),
        push_key="".join(secrets.choice(characters) for _ in range(_KEY_CHARACTERS)),
        sms_token=secrets.token_urlsafe(24),
    )


def _completed(agreement: Agreement) -> Agreement:
    if agreement.pay:
        return agreement
    return msgspec.structs.replace(agreement, pay=generate_keys(system_clock()))


def _free_port(kept_port: int | None, api_port: int) -> int:
    first = api_port + _BEHIND_THE_API
    if first + _TRIED_PORTS > _LAST_PORT:
        first = api_port - _BEHIND_THE_API - _TRIED_PORTS
    candidates = ([kept_port] if kept_port else []) + list(range(first, first + _TRIED_PORTS))
    for port in candidates:
        if port != api_port and _is_free(port):
            return port
    raise EngineProblem(f"No port from {first} on is free for the fake WeChat.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
