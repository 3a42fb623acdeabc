"""Retention in plain words: what it is, what erasing does, and why it is kept neither shorter nor longer."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from quiz.operations.retention.queries import Setting
from quiz.operations.retention.rules import HOURLY, TERMS, Kind, Unit

TITLES: dict[Kind, Any] = {
    Kind.SESSIONS: _l("登录记录"),
    Kind.THROTTLES: _l("登录试错的计数"),
    Kind.DEVICE_MARKS: _l("设备记号"),
    Kind.SIGNALS: _l("作答线索"),
    Kind.ANSWERS: _l("作答记录"),
    Kind.ACCOUNTS: _l("离校学生的账号"),
    Kind.CONSENTS: _l("公开姓名的同意记录"),
    Kind.ROSTER_IMPORTS: _l("没有完成的名册导入"),
    Kind.ITEM_IMPORTS: _l("没有完成的题目导入"),
    Kind.EXPORTS: _l("制作好的证书文件"),
    Kind.JOBS: _l("做完的后台任务"),
}
#: What is erased, from when the time counts, and what stays.
DOES: dict[Kind, Any] = {
    Kind.SESSIONS: _l("谁在什么时候用什么方式登录过。从登录到期算起，整条删除。"),
    Kind.THROTTLES: _l("密码试错的次数和网络来源。从第一次试错算起，整条删除。"),
    Kind.DEVICE_MARKS: _l("答卷上区分设备的随机记号。从比赛结束算起，只去掉记号，答卷不变。"),
    Kind.SIGNALS: _l("列出来供人查看的线索和看过之后的结论。从发现算起，整条删除。"),
    Kind.ANSWERS: _l(
        "每道题选了什么、对不对、什么时候答的。从比赛结束算起，答卷只留得分、用时和名次；题目回顾不再有，也不能再重新判分。"
    ),
    Kind.ACCOUNTS: _l(
        "从离开学校算起，抹去姓名、学号、性别、口令、登录条、练习记录和申诉里自己写的话，不能再登录。成绩留在编号下，名次照样能重算；已发的证书照印出来的样子保留。"
    ),
    Kind.CONSENTS: _l("学生和监护人同意过什么、撤回过什么。从学生离开学校算起，整条删除。"),
    Kind.ROSTER_IMPORTS: _l("上传了没有确认的名册。从上传算起，删除文件和读出来的内容，只留是谁、什么时候上传的。"),
    Kind.ITEM_IMPORTS: _l("上传了没有确认的题目文件。从上传算起，删除文件和读出来的内容。"),
    Kind.EXPORTS: _l("一批批做好等着下载的证书。从申请算起，整批删除；要用时再做一次。"),
    Kind.JOBS: _l("后台任务做完的记录。从做完算起，整条删除；没做成的留着给人看。"),
}
#: The label of the field, by unit.
HOW_MANY: dict[Unit, Any] = {
    Unit.HOURS: _l("保存几个小时"),
    Unit.DAYS: _l("保存多少天"),
    Unit.MONTHS: _l("保存多少个月"),
}
WHY: dict[Kind, Any] = {
    Kind.SESSIONS: _l("网络日志一般要留六个月（网络安全法）；少于一周，账号被冒用就查不清了。"),
    Kind.THROTTLES: _l("限制试错要用到一小时；里面有网络地址，最多留三天。"),
    Kind.DEVICE_MARKS: _l("申诉到比赛后 7 天为止，再留一周查看；学生事先看到它会删除，所以最多半年。"),
    Kind.SIGNALS: _l("处理和复核要用；没有结论的怀疑不该跟着孩子太久。"),
    Kind.ANSWERS: _l("答案更正和申诉要靠它，至少半年；超过五年用不上了。"),
    Kind.ACCOUNTS: _l("休学、转学的学生常在几个月里回来；离校以后没有理由一直留着姓名。"),
    Kind.CONSENTS: _l("处理个人信息的记录至少留三年（个人信息保护法第五十六条）。"),
    Kind.ROSTER_IMPORTS: _l("名册里是全班的姓名学号，没有确认就没有用处。"),
    Kind.ITEM_IMPORTS: _l("留给编辑接着做完的时间。"),
    Kind.EXPORTS: _l("里面印着姓名；打印完就可以删，需要时马上能再做。"),
    Kind.JOBS: _l("查问题时用得到，太多会拖慢后台。"),
}


def length(amount: int, unit: Unit) -> str:
    """“30 天”."""
    if unit is Unit.HOURS:
        return str(ngettext("%(num)d 小时", "%(num)d 小时", amount))
    if unit is Unit.DAYS:
        return str(ngettext("%(num)d 天", "%(num)d 天", amount))
    return str(ngettext("%(num)d 个月", "%(num)d 个月", amount))


def setting_length(setting: Setting) -> str:
    """How long a kind is kept."""
    return length(setting.amount, TERMS[setting.kind].unit)


def rhythm(kind: Kind) -> Any:
    """How often a kind is erased by itself."""
    return _l("每小时自动") if kind in HOURLY else _l("每天自动")


def bounds(kind: Kind) -> str:
    """“14 天到 180 天，一般 30 天”."""
    term = TERMS[kind]
    return str(
        _("%(least)s 到 %(most)s，一般 %(usual)s", least=length(term.least, term.unit), most=length(term.most, term.unit),
          usual=length(term.usual, term.unit))
    )  # fmt: skip
