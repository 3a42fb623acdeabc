"""How an import's plan is shown: tabs by kind, one page of lines, messages in the reader's language."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from quiz.accounts.publication.labels import STATES
from quiz.accounts.publication.rules import ConsentState
from quiz.accounts.roster.models import RosterImport
from quiz.web.pagination import Page

KINDS = {
    "changes": (_l("全部变化"), ""),
    "wrong": (_l("写错的行"), "danger"),
    "added": (_l("新增"), "ok"),
    "moved": (_l("转班"), "lake"),
    "changed": (_l("改动"), "lake"),
    "missing": (_l("名册里没有"), "warn"),
    "warnings": (_l("请核对"), "warn"),
    "same": (_l("没有变化"), ""),
}
FIELDS = {
    "number": _l("学号"), "name": _l("姓名"), "class": _l("班级"), "grade": _l("年级"), "gender": _l("性别"),
    "consent": _l("同意公开姓名"),
}  # fmt: skip
SAYS = {"yes": _l("是"), "no": _l("否")}
ENCODINGS = {"xlsx": "Excel (xlsx)", "xls": "Excel (xls)", "utf-8-sig": "UTF-8", "gb18030": "GBK / GB18030"}


@dataclass(frozen=True)
class Preview:
    """What the preview page needs."""

    counts: dict[str, int]
    kind: str
    tabs: list[dict[str, Any]]
    page: Page
    pager: dict[str, Any]

    @property
    def changes(self) -> int:
        """How many lines confirming would write (departures are a separate choice)."""
        return sum(self.counts[kind] for kind in ("added", "moved", "changed"))


def preview_of(row: RosterImport, kind: str, number: int) -> Preview:
    """The tabs and the asked page of a plan; an unknown or empty kind shows the first tab that holds anything."""
    counts = dict(row.summary["counts"])
    counts["changes"] = sum(counts[one] for one in ("wrong", "added", "moved", "changed", "missing"))
    filled = [one for one in KINDS if counts[one]]
    if kind not in filled:
        kind = "wrong" if counts["wrong"] else (filled or ["changes"])[0]
    found = [line for line in row.plan or () if _belongs(line, kind)]
    page = _page(found, number)
    return Preview(
        counts=counts,
        kind=kind,
        tabs=[
            {"label": KINDS[one][0], "url": _url(row, one, 1), "is_current": one == kind, "count": counts[one]}
            for one in filled
        ],
        page=page,
        pager={
            "prev_url": _url(row, kind, page.number - 1) if page.has_previous else None,
            "next_url": _url(row, kind, page.number + 1) if page.has_next else None,
            "number": page.number,
            "pages": page.pages,
            "total": page.total,
        },
    )


def _belongs(line: dict[str, Any], kind: str) -> bool:
    if kind == "changes":
        return bool(line["kind"] != "same")
    if kind == "warnings":
        return bool(line["warnings"])
    return bool(line["kind"] == kind)


def _page(found: list[dict[str, Any]], number: int) -> Page:
    empty = Page(rows=[], number=1, total=len(found))
    number = min(max(1, number), empty.pages)
    start = (number - 1) * empty.per_page
    return Page(rows=[_line(one) for one in found[start : start + empty.per_page]], number=number, total=len(found))


def _line(line: dict[str, Any]) -> dict[str, Any]:
    label, tone = KINDS[line["kind"]]
    was = line["before"].get("consent")
    return {
        **line,
        "consent": SAYS.get(line.get("consent", ""), ""),
        "before": {**line["before"], "consent": STATES[ConsentState(was)][0]} if was else line["before"],
        "label": label,
        "tone": tone,
        "problems": _notes(line["problems"]),
        "warnings": _notes(line["warnings"]),
    }


def _notes(problems: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [_note(**one) for one in problems]


def _note(field: str, value: str, message: str, params: dict[str, Any]) -> dict[str, str]:
    return {"field": str(FIELDS[field]), "value": value, "text": _(message, **params)}


def _url(row: RosterImport, kind: str, number: int) -> str:
    page = number if number > 1 else None
    return url_for("roster.show", public_id=row.public_id, kind=kind, page=page, _anchor="rows")


def file_notes(row: RosterImport) -> list[tuple[str, str]]:
    """What to tell about how the file was read: (term, text) pairs."""
    summary, comma = row.summary, _("、")
    notes = [
        (_("文件"), row.filename),
        (_("读取方式"), ENCODINGS.get(summary["encoding"], summary["encoding"].upper())),
        (_("表头"), _("第 %(line)s 行", line=summary["heading_line"])),
        (
            _("用到的列"),
            comma.join(
                f"{FIELDS[key]}（{label}）" if FIELDS[key] != label else label
                for key, label in summary["labels"].items()
            ),
        ),
    ]
    if summary["ignored"]:
        notes.append((_("没有用到的列"), comma.join(summary["ignored"])))
    if summary["personal"]:
        notes.append(
            (
                _("没有读取的个人信息"),
                _("%(columns)s。这些列没有读取，也没有保存。", columns=comma.join(summary["personal"])),
            )
        )
    return notes
