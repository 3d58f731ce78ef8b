"""Which services outside are spoken to: the one choice that both mains make."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from random import Random

from redis.asyncio import Redis

from domain.gateways.kuaidi100 import Kuaidi100
from domain.gateways.sms import HttpSms
from domain.gateways.transport import open_transport
from domain.gateways.wechat.access import MiniProgram
from domain.gateways.wechat.engravings import EngravingChecks
from domain.gateways.wechat.letters import SubscribeLetters
from domain.gateways.wechat.login import MiniProgramLogin
from domain.gateways.wechat.messages import SubscribeMessages
from domain.gateways.wechat.phone import MiniProgramPhone
from domain.gateways.wechat.push import PushSecrets, push_secrets
from domain.gateways.wechat.qrcodes import QrCodes
from domain.gateways.wechat.shipping import ShippingInformation
from domain.gateways.wechat.texts import TextChecks
from domain.gateways.wechat.tokens import AccessTokens
from domain.gateways.wechat_pay.gateway import Account, open_wechat_pay
from domain.gateways.wechat_pay.keys import PublicKey
from domain.gateways.wechat_pay.merchant import Merchant
from domain.kernel.clock import Clock
from domain.kernel.outside_settings import SmsSettings, WeChatPushSettings, WeChatSettings
from domain.kernel.settings import Settings
from domain.kernel.tracking_settings import TrackingSettings
from domain.kernel.wechat_pay_settings import (
    WeChatPaySettings,
    rsa_private_key,
    rsa_public_key,
)
from domain.members.ports import SmsSender, WeChatLogin, WeChatPhone
from domain.messages.ports import MessageSender
from domain.orders.ports import TextCheck
from domain.orders.tracking.ports import TrackingPort
from domain.payments.ports import PaymentGateway
from domain.shipping_duty.ports import ShippingInformationPort


@dataclass(frozen=True, slots=True)
class Outside:
    """The services that are configured; None for each that is not.

    What WeChat does for the mini-program is there together or not at all.
    """

    login: WeChatLogin | None = None
    phone: WeChatPhone | None = None
    qr_codes: QrCodes | None = None
    texts: TextChecks | None = None
    engravings: TextCheck | None = None
    messages: SubscribeMessages | None = None
    letters: MessageSender | None = None
    shipping: ShippingInformationPort | None = None
    push: PushSecrets | None = None
    sms: SmsSender | None = None
    wechat_pay: PaymentGateway | None = None
    tracking: TrackingPort | None = None


@asynccontextmanager
async def open_outside(
    settings: Settings, clock: Clock, redis: Redis, random: Random
) -> AsyncGenerator[Outside]:
    """Open what the settings name, for as long as the process lives; nothing is asked yet.

    ``clock`` is real time, also where the mall's own is set ahead: tokens end by WeChat's clock,
    and signatures are new by it. ``random`` is a source that nobody can guess.
    """
    async with (
        _wechat(settings.wechat, clock, redis) as wechat,
        _wechat_pay(settings.wechat_pay, clock, random) as wechat_pay,
        _sms(settings.sms) as sms,
        _tracking(settings.tracking) as tracking,
    ):
        push = _push(settings.wechat_push)
        yield replace(wechat, push=push, sms=sms, wechat_pay=wechat_pay, tracking=tracking)


@asynccontextmanager
async def _wechat(
    given: WeChatSettings | None, clock: Clock, redis: Redis
) -> AsyncGenerator[Outside]:
    if given is None:
        yield Outside()
        return
    app_id, app_secret = given.app_id, given.app_secret.get_secret_value()
    async with open_transport(given.url, service="wechat") as transport:
        tokens = AccessTokens(
            transport, app_id=app_id, app_secret=app_secret, clock=clock, redis=redis
        )
        program = MiniProgram(transport, tokens, app_id=app_id)
        texts, messages = TextChecks(program), SubscribeMessages(program)
        try:
            yield Outside(
                login=MiniProgramLogin(transport, app_id=app_id, app_secret=app_secret),
                phone=MiniProgramPhone(program),
                qr_codes=QrCodes(program),
                texts=texts,
                engravings=EngravingChecks(texts),
                messages=messages,
                letters=SubscribeLetters(messages),
                shipping=ShippingInformation(program),
            )
        finally:
            await tokens.close()


@asynccontextmanager
async def _wechat_pay(
    given: WeChatPaySettings | None, clock: Clock, random: Random
) -> AsyncGenerator[PaymentGateway | None]:
    if given is None:
        yield None
        return
    async with AsyncExitStack() as stack:
        hosts = [
            await stack.enter_async_context(open_transport(url, service=service))
            for url, service in zip(given.urls, ("wechat_pay", "wechat_pay_backup"), strict=False)
        ]
        yield await stack.enter_async_context(
            open_wechat_pay(hosts, _account(given), clock=clock, random=random)
        )


def _account(given: WeChatPaySettings) -> Account:
    merchant = Merchant(
        given.merchant_id,
        given.serial,
        rsa_private_key(given.private_key.get_secret_value()),
        given.api_key.get_secret_value().encode(),
    )
    public_key = None
    if given.public_key_id and given.public_key:
        public_key = PublicKey(given.public_key_id, rsa_public_key(given.public_key))
    return Account(merchant, given.app_id, given.notify_url, public_key)


@asynccontextmanager
async def _sms(given: SmsSettings | None) -> AsyncGenerator[SmsSender | None]:
    if given is None:
        yield None
        return
    async with open_transport(given.url, service="sms") as transport:
        yield HttpSms(transport, token=given.token.get_secret_value())


@asynccontextmanager
async def _tracking(given: TrackingSettings | None) -> AsyncGenerator[TrackingPort | None]:
    if given is None:
        yield None
        return
    async with open_transport(given.url, service="tracking") as transport:
        key = given.key.get_secret_value()
        yield Kuaidi100(transport, customer=given.customer, key=key)


def _push(given: WeChatPushSettings | None) -> PushSecrets | None:
    if given is None:
        return None
    return push_secrets(given.app_id, given.token.get_secret_value(), given.key.get_secret_value())
