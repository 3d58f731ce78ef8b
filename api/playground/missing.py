"""The page that stands in for the playground until it is built: it says what is missing."""

import base64
import hashlib
from html import escape

from starlette.responses import HTMLResponse

from api.playground.build import Build, Cause, Failure, Stage
from domain.kernel.language import Sentence

_AGAIN_SECONDS = 2
_STYLE = """
body { max-width: 42rem; margin: 12vh auto; padding: 0 1.5rem; background: #fbfaf7; color: #23211c;
  font: 16px/1.7 system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 1.4rem; }
p + p { color: #6f6a5f; }
pre { padding: 0.8rem 1rem; border-radius: 0.5rem; background: #efece4; white-space: pre-wrap; }
"""
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}

_BUILDING = Sentence(
    zh="工作台正在构建，完成后本页会自动打开。商城已可使用。",
    en="The playground is being built; this page opens it by itself. The mall runs already.",
)
_ABSENT = Sentence(
    zh="工作台尚未构建，商城不受影响。请在代码目录运行以下命令，本页会自动打开。",
    en="The playground is not built yet; the mall runs without it. Run this in the checkout, and "
    "this page opens it by itself.",
)
_CAUSES = {
    Cause.NO_NODE: Sentence(
        zh="缺少 Node.js 20.19 或更新的版本，也无法从 PyPI 安装。请安装 Node.js，或联网后重试。",
        en="Node.js 20.19 or newer is missing, and it could not be installed from PyPI. Install "
        "it, or try again with a network.",
    ),
    Cause.NO_NETWORK: Sentence(
        zh="无法连接 npm，工作台的软件包需要从那里下载一次。请联网后重试。",
        en="npm cannot be reached, and the playground's packages have to come from it once. Try "
        "again with a network.",
    ),
    Cause.OTHER: Sentence(
        zh="工作台构建失败，原因如下。", en="The playground could not be built, for this reason."
    ),
}
_NOT_HERE = Sentence(
    zh="工作台暂不可用，商城不受影响。",
    en="The playground is not available at the moment; the mall runs without it.",
)


def missing_page(build: Build, *, is_development: bool) -> HTMLResponse:
    """Say how far the build is; the page asks again by itself.

    What to run, and what the tools said of this machine, is for its developer alone.
    """
    failure, stage = build.failure(), build.stage()
    sentence = _sentence(stage, failure) if is_development else _NOT_HERE
    details = ""
    if is_development and sentence is not _BUILDING:
        said = f"<pre>{escape(failure.said)}</pre>" if failure and failure.said else ""
        details = f"<pre>.venv/bin/python -m cli playground</pre>\n{said}"
    body = f"""<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta http-equiv="refresh" content="{_AGAIN_SECONDS}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>运营工作台 Playground</title>
<style>{_STYLE}</style>
<h1>运营工作台 Playground</h1>
<p>{sentence.zh}</p>
<p lang="en">{sentence.en}</p>
{details}
</html>
"""
    return HTMLResponse(body, 503, {**_HEADERS, "retry-after": str(_AGAIN_SECONDS)})


def _sentence(stage: Stage, failure: Failure | None) -> Sentence:
    if stage in (Stage.BUILDING, Stage.READY):
        return _BUILDING
    return _CAUSES[failure.cause] if failure else _ABSENT
