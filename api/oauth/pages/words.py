"""What the pages say, in both languages."""

from collections.abc import Mapping

from api.oauth.browsers import Foreign
from api.oauth.pages.device_words import DEVICE_WORDS
from domain.kernel.language import Sentence
from domain.sessions.rules import MEMBER_SCOPE, OPENID_SCOPE, PROFILE_SCOPE, STAFF_SCOPE

WORDS: Mapping[str, Sentence] = {
    "sign_in": Sentence(zh="登录", en="Sign in"),
    "phone": Sentence(zh="手机号码", en="Mobile number"),
    "send_code": Sentence(zh="获取验证码", en="Send a code"),
    "code": Sentence(zh="短信验证码", en="Code from the text message"),
    "code_sent": Sentence(zh="验证码已发送至 {phone}。", en="A code was sent to {phone}."),
    "agree": Sentence(zh="我已阅读并同意《{title}》", en="I have read and accept “{title}”"),
    "read": Sentence(zh="阅读全文", en="Read the text"),
    "other_phone": Sentence(zh="换一个号码", en="Use another number"),
    "staff_sign_in": Sentence(zh="员工登录", en="Sign in as staff"),
    "login": Sentence(zh="账号", en="Login"),
    "password": Sentence(zh="密码", en="Password"),
    "second_factor": Sentence(zh="身份验证", en="Verify that it is you"),
    "authenticator_code": Sentence(
        zh="身份验证器上的 6 位数字", en="The six digits that your authenticator shows"
    ),
    "recovery_code": Sentence(zh="恢复码", en="Recovery code"),
    "use_recovery": Sentence(zh="使用恢复码", en="Use a recovery code instead"),
    "use_code": Sentence(zh="使用身份验证器", en="Use the authenticator instead"),
    "recovered": Sentence(zh="恢复码已使用", en="The recovery code was used"),
    "codes_left": Sentence(
        zh="还剩 {left} 个恢复码。如果手机已丢失，请尽快请店主重置身份验证器。",
        en="Recovery codes that are left: {left}. If you have lost your phone, ask the owner to "
        "reset your authenticator soon.",
    ),
    "continue": Sentence(zh="继续", en="Continue"),
    "own_password": Sentence(zh="设置自己的密码", en="Choose your own password"),
    "why_own_password": Sentence(
        zh="当前密码由他人设置。请设置只有您知道的密码，至少 {least} 个字符。",
        en="Somebody else has chosen your password. Choose one that only you know, of at least "
        "{least} characters.",
    ),
    "new_password": Sentence(zh="新密码", en="New password"),
    "again": Sentence(zh="再输入一次", en="The same again"),
    "keep_password": Sentence(zh="保存并登录", en="Save and sign in"),
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
"""What each scope allows, as members are told."""

SCOPES_OF_STAFF: Mapping[str, Sentence] = {
    OPENID_SCOPE: Sentence(zh="确认您的员工身份", en="know which member of the staff you are"),
    PROFILE_SCOPE: Sentence(zh="查看您的姓名", en="see your name"),
    STAFF_SCOPE: Sentence(
        zh="代表您管理商城，包括您的角色可以查看和修改的一切",
        en="run the mall for you, which includes seeing and changing all that your role may",
    ),
}
"""What each scope allows, as the staff are told."""

NOT_AVAILABLE = Sentence(
    zh="此处暂不支持登录，请使用微信小程序。",
    en="Signing in here is not available; please use the mini-program in WeChat.",
)
NOT_OURS: Mapping[Foreign, Sentence] = {
    Foreign.NAMELESS: Sentence(
        zh="请求缺少 Origin 或 Sec-Fetch-Site 请求头：请用浏览器打开此页面并提交。",
        en="The request has no header Origin or Sec-Fetch-Site: open this page in a browser, and "
        "send its form from there.",
    ),
    Foreign.ELSEWHERE: Sentence(
        zh="此表单来自其他网站，请在本站打开页面后重试。",
        en="The form came from another site; open the page here and try again.",
    ),
    Foreign.COOKIELESS: Sentence(
        zh="浏览器未启用 Cookie 或 Cookie 已过期，请允许 Cookie 后返回应用重新登录。",
        en="The browser keeps no cookie of this site, or it has expired; allow cookies, and begin "
        "again in the app.",
    ),
    Foreign.EXPIRED: Sentence(
        zh="页面已过期，请重新打开，或返回应用重新登录。",
        en="The page has expired; open it again, or begin again in the app.",
    ),
}
"""What a form lacks that is not taken for one of our pages'."""
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
WRONG_PASSWORD = Sentence(zh="账号或密码不正确。", en="The login or the password is not right.")
WRONG_CODE = Sentence(
    zh="验证码不正确或已使用过。", en="The code is not right, or was used before."
)
TOOK_TOO_LONG = Sentence(
    zh="登录已超时，请重新登录。", en="Signing in took too long; please begin again."
)
LOCKED_OUT = Sentence(
    zh="登录失败次数过多，请在 {seconds} 秒后重试。",
    en="Signing in has failed too often; try again in {seconds} s.",
)
NOT_TWICE = Sentence(zh="两次输入的密码不一致。", en="The two passwords are not the same.")
