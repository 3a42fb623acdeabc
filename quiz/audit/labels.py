"""The log in plain words. What has no words here is shown as the code that was logged."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from quiz.web.filters import when

#: Beginnings of codes → what they have in common.
GROUPS: dict[str, Any] = {
    "admin:": _l("账号与角色"),
    "pupil:": _l("学生"),
    "roster:": _l("名册"),
    "school:": _l("学校与班级"),
    "region:": _l("地区"),
    "registration:": _l("成人自助登记"),
    "item:": _l("题库"),
    "contest:": _l("比赛"),
    "staff:": _l("场次、答卷与自己的密码"),
    "rankings:": _l("排名导出"),
    "report:": _l("报告导出"),
    "system:": _l("系统"),
}
ACTIONS: dict[str, Any] = {
    "admin:staff:create": _l("新建账号"),
    "admin:staff:activate": _l("恢复账号"),
    "admin:staff:deactivate": _l("停用账号"),
    "admin:grant:create": _l("分配角色"),
    "admin:grant:revoke": _l("撤销角色"),
    "admin:password:reset": _l("重置密码"),
    "staff:password:change": _l("修改自己的密码"),
    "system:admin:create": _l("建立管理员账号"),
    "system:audit:export": _l("导出审计日志"),
    "system:retention:set": _l("改保存期限"),
    "system:retention:ask": _l("确认清理到期数据"),
    "system:retention:done": _l("清理到期数据完成"),
    "pupil:add": _l("加一名学生"),
    "pupil:edit": _l("修改学生"),
    "pupil:move": _l("学生转班"),
    "pupil:transfer_out": _l("学生转出"),
    "pupil:pin:reset": _l("重置口令"),
    "pupil:slip:issue": _l("打印登录条"),
    "pupil:slip:revoke": _l("作废登录条"),
    "pupil:consent:agree": _l("登记同意公开姓名"),
    "pupil:consent:refuse": _l("登记不同意公开姓名"),
    "pupil:consent:clear": _l("收回登错的答复"),
    "pupil:consent:withdraw": _l("撤回公开姓名的同意"),
    "roster:consent:take": _l("名册登记公开姓名的答复"),
    "roster:import:confirm": _l("导入名册"),
    "registration:link:open": _l("开放自助登记"),
    "registration:link:close": _l("关闭自助登记"),
    "registration:person:join": _l("自助登记"),
    "registration:person:remove": _l("移除登记错的人"),
    "region:tree:sync": _l("更新地区"),
    "school:profile:create": _l("新建学校"),
    "school:profile:change": _l("修改学校"),
    "school:slips:term": _l("改登录条有效期"),
    "school:classes:add": _l("新建班级"),
    "school:department:add": _l("新建科室或网格"),
    "school:class:rename": _l("班级改名"),
    "school:class:open": _l("恢复班级"),
    "school:class:retire": _l("停用班级"),
    "school:import:confirm": _l("导入学校"),
    "item:bank:sync": _l("更新题库"),
    "item:bank:export": _l("导出题目"),
    "item:version:publish": _l("发布题目"),
    "item:status:retire": _l("停用题目"),
    "item:status:restore": _l("恢复题目"),
    "item:import:confirm": _l("导入题目"),
    "item:concern:settle": _l("处理题目问题"),
    "item:law:amended": _l("登记法条修订"),
    "contest:publish": _l("发布比赛"),
    "contest:unpublish": _l("撤回比赛"),
    "contest:cancel": _l("取消比赛"),
    "contest:text:change": _l("修改比赛说明"),
    "contest:notice:publish": _l("发布公告"),
    "contest:notice:change": _l("修改公告"),
    "contest:notice:withdraw": _l("撤下公告"),
    "contest:page:open": _l("打开公开页"),
    "contest:page:close": _l("关闭公开页"),
    "contest:winners:list": _l("公开获奖名单"),
    "contest:winners:unlist": _l("收回获奖名单"),
    "contest:window:extend": _l("延长比赛时间"),
    "contest:extra_time:grant": _l("给学生补时"),
    "contest:outage:give_back": _l("还回中断的时间"),
    "contest:copy": _l("照原来的比赛再办一次"),
    "contest:stage:add": _l("加一个赛段"),
    "contest:team:registered": _l("报名一个队"),
    "contest:team:changed": _l("修改报名的队"),
    "contest:team:dissolved": _l("解散一个队"),
    "contest:team:stand_in": _l("候补上场"),
    "contest:team:export": _l("导出参赛队"),
    "contest:promotion:declare": _l("保存晋级办法"),
    "contest:promotion:try": _l("试算晋级名单"),
    "contest:promotion:confirm": _l("确认晋级名单"),
    "contest:promotion:publish": _l("发布晋级名单"),
    "contest:promotion:withdraw": _l("撤回晋级试算"),
    "contest:promotion:decide": _l("对个人的晋级决定"),
    "contest:promotion:revoke": _l("收回晋级决定"),
    "contest:promotion:export": _l("导出晋级名单"),
    "contest:playoff:create": _l("安排加赛"),
    "contest:playoff:settle": _l("记下加赛结果"),
    "contest:appeal:filed": _l("提出申诉"),
    "contest:appeal:proposed_accept": _l("建议申诉成立"),
    "contest:appeal:proposed_refuse": _l("建议维持原结果"),
    "contest:appeal:sent_back": _l("退回申诉再看"),
    "contest:appeal:accepted": _l("申诉成立"),
    "contest:appeal:refused": _l("申诉维持原结果"),
    "contest:appeal:withdrawn": _l("撤回申诉"),
    "contest:signals:scan": _l("查看作答线索"),
    "contest:signals:note": _l("记下对线索的看法"),
    "contest:room:declare": _l("登记机房"),
    "contest:room:withdraw": _l("收回机房登记"),
    "contest:awards:tiers": _l("设置奖项"),
    "contest:awards:nominate": _l("指定获奖人"),
    "contest:awards:denominate": _l("取消指定的获奖人"),
    "contest:awards:request": _l("试算获奖名单"),
    "contest:awards:withdraw": _l("撤回获奖名单"),
    "contest:awards:issue": _l("颁发奖项"),
    "contest:awards:revoke": _l("撤销奖项"),
    "contest:awards:reissue": _l("重新颁发"),
    "contest:awards:certificates": _l("制作证书"),
    "contest:awards:certificate": _l("下载一张证书"),
    "contest:awards:download": _l("下载证书"),
    "contest:draw:announce": _l("公布抽奖"),
    "contest:draw:draw": _l("抽奖开奖"),
    "contest:draw:list": _l("打开发奖名单"),
    "contest:draw:cancel": _l("取消抽奖"),
    "contest:expected:recount": _l("重新核定应参赛人数"),
    "contest:expected:excuse": _l("标为不计入应参赛"),
    "contest:expected:expect": _l("恢复计入应参赛"),
    "contest:reveal:start": _l("开始揭晓"),
    "contest:reveal:rehearse": _l("彩排揭晓"),
    "contest:reveal:end": _l("结束揭晓"),
    "contest:reveal:stop": _l("中途停下揭晓"),
    "contest:reminder:mark": _l("记下提醒过学校"),
    "contest:reminder:export": _l("导出提醒名单"),
    "report:bulletin:export": _l("导出通报"),
    "contest:freeze:set": _l("定下封榜时间"),
    "contest:freeze:remove": _l("取消封榜"),
    "contest:freeze:lift": _l("解封"),
    "contest:remark:request": _l("申请重新判分"),
    "contest:remark:confirm": _l("确认重新判分"),
    "contest:remark:withdraw": _l("撤回重新判分"),
    "contest:remark:apply": _l("重新判分完成"),
    "contest:remark:export": _l("导出重新判分结果"),
    "staff:sitting:release_results": _l("公布成绩"),
    "staff:sitting:release_keys": _l("公布答案"),
    "staff:sitting:remark": _l("场次重新判分"),
    "staff:attempt:extend": _l("延长一份答卷"),
    "rankings:board:export": _l("导出排名"),
    "report:class:export": _l("导出班级报告"),
}
OBJECTS: dict[str, Any] = {
    "user": _l("账号"),
    "school": _l("学校"),
    "class": _l("班级"),
    "region": _l("地区"),
    "contest": _l("比赛"),
    "sitting": _l("场次"),
    "attempt": _l("答卷"),
    "item": _l("题目"),
    "item_import": _l("题目导入"),
    "bank": _l("题库"),
    "law": _l("法律"),
    "text": _l("同意书说明"),
    "log": _l("审计日志"),
    "retention": _l("保存期限"),
}
DETAILS: dict[str, Any] = {
    "role": _l("角色"),
    "grant": _l("授权编号"),
    "region_id": _l("地区"),
    "school_id": _l("学校"),
    "class_id": _l("班级"),
    "to_class_id": _l("转入班级"),
    "user_id": _l("账号"),
    "fields": _l("改动的项"),
    "reason": _l("理由"),
    "slips": _l("登录条"),
    "days": _l("天数"),
    "added": _l("新增"),
    "changed": _l("改动"),
    "moved": _l("转班"),
    "same": _l("没有变化"),
    "removed": _l("转出或删去"),
    "new_classes": _l("新建班级"),
    "consents": _l("同意公开姓名的答复"),
    "agreed": _l("同意"),
    "refused": _l("不同意"),
    "channel": _l("渠道"),
    "text_version": _l("说明版本"),
    "title": _l("标题"),
    "old": _l("原来"),
    "new": _l("改成"),
    "group": _l("组别"),
    "minutes": _l("分钟"),
    "seconds": _l("秒"),
    "extra_seconds": _l("补时（秒）"),
    "began_at": _l("开始"),
    "ended_at": _l("结束"),
    "closes_at": _l("截止"),
    "place": _l("地方"),
    "attempts": _l("答卷"),
    "cut_off": _l("已被截止的"),
    "remark": _l("重新判分"),
    "item": _l("题目"),
    "version": _l("版本"),
    "items": _l("题目"),
    "drafts": _l("草稿"),
    "article": _l("法条"),
    "outcome": _l("处理结果"),
    "kind": _l("类型"),
    "level": _l("级别"),
    "show": _l("范围"),
    "rows": _l("行数"),
    "pupils": _l("学生"),
    "format": _l("格式"),
    "requested_by": _l("申请人"),
    "filter": _l("筛选条件"),
    "before": _l("早于"),
    "unit": _l("单位"),
    "automatic": _l("自动"),
    "counted_at": _l("以哪时的在籍人数为准"),
    "notice": _l("公告"),
    "revision": _l("第几稿"),
    "awards": _l("奖项数"),
    "team": _l("队"),
    "team_id": _l("队"),
    "name": _l("名称"),
    "out_user_id": _l("下场的队员"),
    "in_user_id": _l("上场的候补"),
}
#: Codes among the values, by the name of the detail.
VALUES: dict[str, dict[str, Any]] = {
    "role": {
        "admin": _l("系统管理员"),
        "editor": _l("题库编辑"),
        "province_organiser": _l("省级组织者"),
        "prefecture_organiser": _l("市州组织者"),
        "county_organiser": _l("县级组织者"),
        "school_admin": _l("学校管理员"),
        "teacher": _l("教师"),
    },
    "channel": {
        "roster": _l("名册导入"),
        "form": _l("纸质同意书"),
        "request": _l("告诉老师"),
        "pupil": _l("学生在自己的页面"),
    },
    "group": {
        "primary": _l("小学组"),
        "junior": _l("初中组"),
        "senior": _l("高中组"),
        "vocational": _l("中职组"),
        "open": _l("公开组"),
        "public_servant": _l("公职人员组"),
        "community": _l("社区组"),
        "parent": _l("家长组"),
    },
    "kind": {
        "absent": _l("请假"),
        "exempt": _l("免试"),
        "moved": _l("转走"),
    },
}
MOST_SHOWN = 30  # parts of a long list; the file has more


def action(code: str) -> str:
    """What was done."""
    return str(ACTIONS.get(code, code))


def object_words(kind: str, number: str) -> str:
    """What it was done to: “学校 12”."""
    return f"{OBJECTS.get(kind, kind)} {number}"


def details(values: dict[str, Any]) -> list[tuple[str, str]]:
    """(name, value) pairs of what else was logged."""
    return [(str(DETAILS.get(key, key)), _named(key, value)) for key, value in values.items()]


def _named(key: str, value: Any) -> str:
    words = VALUES.get(key, {}).get(value) if isinstance(value, str) else None
    return str(words) if words is not None else _value(value)


def _value(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "—"
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if isinstance(value, dict):
        value = [f"{DETAILS.get(key, key)} {_value(one)}" for key, one in value.items()]
    if isinstance(value, list):
        shown = _("、").join(_value(one) for one in value[:MOST_SHOWN])
        if len(value) > MOST_SHOWN:
            shown = _("%(shown)s……共 %(count)s 项", shown=shown, count=len(value))
        return str(shown)
    return _moment(value) if isinstance(value, str) else str(value)


def _moment(text: str) -> str:
    """A moment that was logged in UTC, as people write it; any other text as it is."""
    try:
        moment = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        moment = None
    return text if moment is None or moment.tzinfo is None else when(moment)
