"""What the pages say, in both languages."""

from collections.abc import Mapping

from api.oauth.pages.device_words import DEVICE_WORDS
from domain.kernel.language import Sentence
from domain.sessions.rules import MEMBER_SCOPE, OPENID_SCOPE, PROFILE_SCOPE

WORDS: Mapping[str, Sentence] = {
    "sign_in": Sentence(zh="登录", en="Sign in"),
    "phone": Sentence(zh="手机号码", en="Mobile number"),
    "send_code": Sentence(zh="获取验证码", en="Send a code"),
    "code": Sentence(zh="短信验证码", en="Code from the text message"),
    "code_sent": Sentence(zh="验证码已发送至 {phone}。", en="A code was sent to {phone}."),
    "agree": Sentence(zh="我已阅读并同意《{title}》", en="I have read and accept “{title}”"),
    "read": Sentence(zh="阅读全文", en="Read the text"),
    "other_phone": Sentence(zh="换一个号码", en="Use another number"),
    "cancel": Sentence(zh="取消", en="Cancel"),
    "consent": Sentence(zh="授权登录", en="Allow access"),
    "asks": Sentence(zh="“{client}”申请获得以下权限：", en="{client} asks to:"),
    "signed_in_as": Sentence(zh="当前登录：{name}", en="You are signed in as {name}."),
    "sent_to": Sentence(zh="之后将前往 {host}。", en="After that you go to {host}."),
    "allow": Sentence(zh="同意", en="Allow"),
    "deny": Sentence(zh="拒绝", en="Deny"),
    "other_account": Sentence(zh="使用其他账户", en="Use another account"),
    "stopped": Sentence(zh="无法继续", en="This cannot go on"),
    "busy": Sentence(zh="请稍后再试", en="Please try again later"),
    **DEVICE_WORDS,
}
"""The words by the names under which the templates ask for them."""

SCOPES: Mapping[str, Sentence] = {
    OPENID_SCOPE: Sentence(zh="确认您的会员身份", en="know which member you are"),
    PROFILE_SCOPE: Sentence(zh="查看您的昵称和头像", en="see your name and your picture"),
    MEMBER_SCOPE: Sentence(
        zh="代表您使用商城，包括查看和修改您的资料",
        en="use the mall for you, which includes seeing and changing what is yours",
    ),
}
"""What each scope allows, as people are told."""

NOT_AVAILABLE = Sentence(
    zh="此处暂不支持登录，请使用微信小程序。",
    en="Signing in here is not available; please use the mini-program in WeChat.",
)
NOT_OURS = Sentence(
    zh="页面已过期或浏览器未启用 Cookie，请返回应用重新登录。",
    en="The page has expired, or the browser keeps no cookies; begin again in the app.",
)
WRONG_LINK = Sentence(
    zh="发起登录的应用有误（{error}），请联系该应用。",
    en="The app that sent you here made a mistake ({error}); please tell its makers.",
)
NO_NUMBER = Sentence(zh="手机号码有误。", en="This is no mobile number.")
AGREE_FIRST = Sentence(zh="请先阅读并同意条款。", en="Please read the text and accept it first.")
NO_NEW_MEMBERS = Sentence(
    zh="此处暂不支持新会员注册，请先使用微信小程序。",
    en="Nobody can join here yet; please join in the mini-program first.",
)
