"""The roster to fill in for a unit of adults: its own columns and words."""

from flask import Response

from quiz.web.spreadsheets import XLSX_TYPE, Sheet, attachment, xlsx

HEADINGS = ["参赛号", "姓名", "科室或网格"]
EXAMPLES = [["0001", "示例成员一", "办公室"], ["0002", "示例成员二", "第一网格"]]
HELP = [
    ["参赛号", "在本单位里不重复，可以用工号或自编的号；不要用身份证号、手机号"],
    ["姓名", "照证件上的写，少数民族姓名中间的点写“·”"],
    ["科室或网格", "科室、网格或小组的名称，最多 30 个字；没有就写“本单位”。新的名称会在预览里列出，确认后自动建好"],
    ["", "导入以后打印登录条交给本人。身份证号、手机号等其他信息不用填，填了也不会读取"],
]


def unit_template(name: str) -> Response:
    """The workbook for a unit of this name."""
    data = xlsx([Sheet("名册", HEADINGS, EXAMPLES, [18, 18, 22]), Sheet("填写说明", ["列", "怎么填"], HELP, [14, 70])])
    return attachment(data, f"{name}名册模板.xlsx", XLSX_TYPE)
