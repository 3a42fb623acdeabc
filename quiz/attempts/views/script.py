"""What the answering page hands to its script: addresses, the state at rendering, and every text it may show."""

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from quiz.attempts.models import Attempt
from quiz.attempts.queries import LogState

MODULES = ("answer", "clock", "nav", "queue", "save", "view")


def importmap() -> dict[str, dict[str, str]]:
    """Versioned addresses of the modules that main.js imports, so that browsers may keep each for ever.

    A browser without import maps loads the plain addresses, which are the same files.
    """
    names = [f"js/answering/{name}.js" for name in MODULES]
    plain = url_for("static", filename="js/answering/", v="").partition("?")[0]
    return {"imports": {f"{plain}{name.rpartition('/')[2]}": url_for("static", filename=name) for name in names}}


def script_config(attempt: Attempt, log: LogState, user: str, now: datetime) -> dict[str, Any]:
    """The page's JSON island; ``answers`` is what the server holds by position, times are seconds left."""
    own = attempt.public_id
    return {
        "attempt": attempt.public_id,
        "user": user,
        "total": len(attempt.paper),
        "answered": log.answered,
        "answers": log.answers,
        "nextSeq": log.last_seq + 1,
        "remaining": max(0.0, (attempt.deadline_at - now).total_seconds()),
        "urls": {
            "save": url_for("attempts.save", public_id=own),
            "state": url_for("attempts.state", public_id=own),
            "submit": url_for("attempts.submit", public_id=own),
            "confirm": url_for("attempts.confirm", public_id=own),
            "result": url_for("attempts.result", public_id=own),
            "signIn": url_for("accounts.sign_in", next=url_for("attempts.show", public_id=own)),
        },
        "texts": _texts(),
    }


def _texts() -> dict[str, str]:
    """Texts of the script; ``{n}`` is filled in by it."""
    return {
        "saved": _("已保存 {n}/{total}"),
        "saving": _("正在保存…"),
        "unsaved": _("未保存，请保持页面打开"),
        "back": _("连接恢复了，作答都已保存。"),
        "offline": _("网络断开了。可以继续答题，连上后会自动保存。先不要刷新或关闭页面。"),
        "busy": _("服务器有点忙，作答还在这台设备上，会自动再试。"),
        "signedOut": _("登录已过期，作答都还在，请重新登录。"),
        "signIn": _("重新登录"),
        "stranger": _("这台设备现在登录的不是你，这里的作答没法保存。请重新登录。"),
        "stale": _("这道题在别处改过，现在显示的是已保存的作答。想改的话，请再选一次。"),
        "refused": _("第 {n} 题没能保存，现在显示的是已保存的作答。请再选一次。"),
        "waiting": _("还有 {n} 题没保存，连上网络后再交卷。"),
        "timeUp": _("时间到，正在交卷…"),
        "closed": _("时间到，已自动交卷。"),
        "closedUnsaved": _("时间到，已自动交卷。有 {n} 题没来得及保存。"),
        "toResult": _("看成绩"),
        "minutes": _("还剩 {n} 分钟"),
        "lastFive": _("最后 5 分钟"),
        "lastOne": _("最后 1 分钟"),
        "next": _("下一题"),
        "finish": _("交卷"),
        "done": _("已答"),
        "todo": _("未答"),
        "flagged": _("有记号"),
        "flag": _("做记号"),
        "unflag": _("去掉记号"),
        "question": _("第 {n} 题"),
        "comma": _("，"),
    }
