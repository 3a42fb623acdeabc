"""Schools from a spreadsheet: read the rows, plan against what is there, write all of them or none."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quiz.audit.services import record
from quiz.errors import ConflictError, DomainError
from quiz.regions.browsing import counties_within, region_names
from quiz.regions.classnames import GRADES_OF_KIND
from quiz.regions.headings import Column, find_headings, plain
from quiz.regions.models import Region, School
from quiz.regions.queries import schools_within
from quiz.regions.rules import GRADE_NAMES, Scope
from quiz.regions.school_services import SchoolData, check_school, save_school
from quiz.regions.tables import cell_text, has_lost_digits, number_text, read_tables

MAX_SCHOOLS = 3_000
DEFAULT_SLIP_DAYS = 180
_SECOND_NAMES = {7: "七年级", 8: "八年级", 9: "九年级"}
KIND_NAMES = {
    "普通小学": "小学", "完全小学": "小学", "初级中学": "初中", "九年制": "九年一贯", "九年一贯制": "九年一贯", "九年一贯制学校": "九年一贯",
    "高级中学": "高中", "普通高中": "高中", "完中": "完全中学", "中等职业学校": "中职", "职业高中": "中职", "职高": "中职", "中专": "中职",
    "大学": "高校", "高等学校": "高校",
    "机关": "机关单位", "单位": "机关单位", "机关事业单位": "机关单位", "社区村": "社区", "村": "社区", "行政村": "社区",
}  # fmt: skip
ACTIVE = {"启用": True, "正常": True, "是": True, "停用": False, "撤销": False, "否": False}
COLUMNS = (
    Column("code", ("学校代码", "学校标识码", "代码", "标识码", "学校编码")),
    Column("name", ("学校名称", "学校", "名称", "学校全称")),
    Column("kind", ("学校类别", "类别", "办学类型", "学校类型", "学段")),
    Column("county", ("地区代码", "县区代码", "行政区划代码", "县（市、区）", "县市区", "县区", "区县", "县", "所在县")),
    Column("prefecture", ("市（州）", "市州", "地市", "州市", "地市州")),
    Column("slip_days", ("登录条有效天数", "有效天数")),
    Column("state", ("状态", "学校状态")),
    *(
        Column(f"grade{grade}", tuple(f"{name}{end}" for name in (label, _SECOND_NAMES.get(grade, label)) for end in ("人数", "在校生", "")))
        for grade, label in GRADE_NAMES.items()
    ),
)  # fmt: skip
REQUIRED = frozenset({"code", "name", "kind", "county"})
TITLES = {"code": "学校代码", "name": "学校名称", "kind": "学校类别", "county": "县区", "county_id": "县区",
          "slip_days": "登录条有效天数", "slip_valid_days": "登录条有效天数", "state": "状态"}  # fmt: skip
RawRow = dict[str, str]


@dataclass
class SchoolEntry:
    """What becomes of one row. ``kind`` is added, changed, same or wrong; ``before`` maps a column to its old value."""

    kind: str
    line: int
    raw: RawRow
    data: SchoolData | None = None
    school_id: int | None = None
    before: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, str, DomainError]] = field(default_factory=list)


@dataclass(frozen=True)
class SchoolFile:
    """The rows of a file as texts by column, and the headings nobody asked for."""

    rows: list[RawRow]
    ignored: tuple[str, ...]


def read_schools(data: bytes, filename: str) -> SchoolFile:
    """Read a spreadsheet of schools. Raises DomainError on ``file``."""
    headings = find_headings(read_tables(data, filename), COLUMNS, REQUIRED)
    missing = [
        TITLES[key] for key in ("code", "name", "kind", "county") if not headings or key not in headings.positions
    ]
    if headings is None or missing:
        raise DomainError(
            "没有找到这些列：%(columns)s。请下载模板，照着表头填写。", field="file", columns="、".join(missing)
        )
    if not headings.body:
        raise DomainError("表头下面没有学校。请确认内容写在同一张工作表里。", field="file")
    if len(headings.body) > MAX_SCHOOLS:
        raise DomainError("一次最多导入 %(most)s 所学校。请分成几个文件。", field="file", most=MAX_SCHOOLS)
    rows = []
    for row in headings.body:
        cells = {key: row.cells[place] if place < len(row.cells) else "" for key, place in headings.positions.items()}
        raw = {
            key: number_text(cell) if key not in {"name", "kind"} else cell_text(cell) for key, cell in cells.items()
        }
        if has_lost_digits(cells["code"]):
            raw["code"] = f"{raw['code']}E+"
        if any(raw.values()):  # empty cells are left out: they change nothing
            rows.append({"line": str(row.number), **{key: text for key, text in raw.items() if text}})
    return SchoolFile(rows, (*headings.ignored, *headings.personal))


def plan_schools(session: Session, *, scope: Scope, rows: Sequence[RawRow]) -> list[SchoolEntry]:
    """What importing these rows would do now, in the order of the file."""
    places = _Places(counties_within(session, scope), region_names(session))
    codes = [row.get("code", "") for row in rows]
    known = _known_schools(session, codes, scope)
    repeated = {code for code, count in Counter(codes).items() if count > 1 and code}
    entries = []
    for row in rows:
        entry = _entry(row, places, known)
        if entry.raw.get("code") in repeated:
            error = DomainError("表格里还有一行是这个学校代码。请只留一行，或改正代码。")
            entry.problems.append(("code", entry.raw["code"], error))
            entry.kind = "wrong"
        entries.append(entry)
    return entries


def digest(entries: Iterable[SchoolEntry]) -> str:
    """A fingerprint of a plan: equal while neither the file nor the schools have changed."""
    parts: list[Any] = [[one.kind, one.line, sorted(one.raw.items()), sorted(one.before.items())] for one in entries]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def import_schools(
    session: Session, *, actor_id: int, scope: Scope, rows: Sequence[RawRow], plan_digest: str, now: datetime
) -> dict[str, int]:
    """Write all rows; returns counts by kind. Repeated, it writes nothing.

    Raises DomainError while rows are wrong, ConflictError when the plan is not the one that was looked at.
    """
    entries = plan_schools(session, scope=scope, rows=rows)
    if digest(entries) != plan_digest:
        raise ConflictError("预览以后，学校资料又有了变化，所以还没有导入。请重新上传，再看一遍预览。")
    if any(entry.kind == "wrong" for entry in entries):
        raise DomainError("还有写错的行，一行都没有导入。请在表格里改好后重新上传。")
    for entry in entries:
        if entry.data is not None and entry.kind != "same":
            school = session.get(School, entry.school_id) if entry.school_id else None
            save_school(session, actor_id=actor_id, scope=scope, school=school, data=entry.data, now=now)
    found = Counter(entry.kind for entry in entries)
    counts = {kind: found[kind] for kind in ("added", "changed", "same")}
    if counts["added"] or counts["changed"]:
        record(
            session,
            "school:import:confirm",
            now=now,
            actor_id=actor_id,
            object_type="school",
            object_id="all",
            **counts,
        )
    return counts


def _known_schools(session: Session, codes: Sequence[str], scope: Scope) -> dict[str, School | None]:
    """Schools by code; None where the code belongs to a school outside the scope."""
    mine = (
        sa.select(School).where(School.code.in_(codes), schools_within(scope)).options(selectinload(School.headcounts))
    )
    known: dict[str, School | None] = dict.fromkeys(
        session.scalars(sa.select(School.code).where(School.code.in_(codes)))
    )
    known.update({school.code: school for school in session.scalars(mine)})
    return known


def _entry(raw: RawRow, places: "_Places", known: dict[str, School | None]) -> SchoolEntry:
    entry = SchoolEntry("wrong", int(raw["line"]), raw)
    school = known.get(raw.get("code", ""))
    try:
        data = _data(raw, places, school)
        check_school(data)
        if school is None and data.code in known:
            raise DomainError("学校代码 %(code)s 已经有学校使用。请核对。", field="code", code=data.code)
    except DomainError as error:
        key = {"county_id": "county", "slip_valid_days": "slip_days"}.get(error.field or "", error.field or "code")
        entry.problems.append((key, raw.get(key, ""), error))
        return entry
    entry.data = data
    if school is None:
        entry.kind = "added"
        return entry
    entry.school_id = school.id
    entry.before = _differences(school, data)
    entry.kind = "changed" if entry.before else "same"
    return entry


def _data(raw: RawRow, places: "_Places", school: School | None) -> SchoolData:
    """A row's values; what the file has no column for stays as it is."""
    code = raw.get("code", "")
    if code.endswith("E+"):
        raise DomainError(
            "学校代码被表格软件改成了科学计数，末尾几位已经丢失。请把这一列改成文本格式后重新填写。", field="code"
        )
    counts = {row.grade: row.pupils for row in school.headcounts} if school else {}
    for grade in GRADE_NAMES:
        if f"grade{grade}" in raw:
            counts[grade] = _whole(raw[f"grade{grade}"], f"grade{grade}")
    days = raw.get("slip_days")
    kind = raw.get("kind", "")
    return SchoolData(
        code=code,
        name=raw.get("name", ""),
        kind=kind if kind in GRADES_OF_KIND else KIND_NAMES.get(plain(kind), kind),
        county_id=places.county(raw.get("county", ""), raw.get("prefecture", "")),
        slip_valid_days=_whole(days, "slip_days")
        if days
        else (school.slip_valid_days if school else DEFAULT_SLIP_DAYS),
        is_active=_state(raw, school),
        headcounts={grade: pupils for grade, pupils in counts.items() if pupils},
    )


def _state(raw: RawRow, school: School | None) -> bool:
    if "state" not in raw:
        return school is None or school.is_active
    if raw["state"] not in ACTIVE:
        raise DomainError("状态填“启用”或“停用”。", field="state")
    return ACTIVE[raw["state"]]


def _whole(text: str, key: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise DomainError("请填整数。", field=key)
    return int(text)


def _differences(school: School, data: SchoolData) -> dict[str, str]:
    before: dict[str, str] = {}
    if school.name != data.name:
        before["name"] = school.name
    if school.kind.value != data.kind:
        before["kind"] = school.kind.value
    if school.county_id != data.county_id:
        before["county"] = school.county.name
    if school.slip_valid_days != data.slip_valid_days:
        before["slip_days"] = str(school.slip_valid_days)
    if school.is_active != data.is_active:
        before["state"] = "启用" if school.is_active else "停用"
    counts = {row.grade: row.pupils for row in school.headcounts}
    for grade in sorted(counts.keys() | dict(data.headcounts).keys()):
        if counts.get(grade, 0) != data.headcounts.get(grade, 0):
            before[f"grade{grade}"] = str(counts.get(grade, 0))
    return before


class _Places:
    """Finds a county by its code or its name, within the scope that it was made for."""

    def __init__(self, counties: Sequence[Region], above: dict[str, str]) -> None:
        self.above = above
        self.by_code = {county.id: county for county in counties}
        self.by_name: dict[str, list[Region]] = defaultdict(list)
        for county in counties:
            self.by_name[county.name].append(county)

    def county(self, text: str, prefecture: str) -> str:
        """The county's code; DomainError on ``county`` when it is unknown, ambiguous or outside the scope."""
        if text.isdecimal():
            if text in self.by_code:
                return text
            if (own := f"{text[:4]}01") in self.by_code and text.endswith("00") and self._alone(own):
                return own
            raise DomainError("没有这个地区代码，或者不归你管理。请填六位的县级代码。", field="county")
        found = [one.id for one in self.by_name.get(text, ()) if not prefecture or self._lies_in(one, prefecture)]
        if len(found) > 1:
            raise DomainError("有几个地方都叫“%(name)s”。请改填六位的地区代码。", field="county", name=text)
        if not found:
            raise DomainError("没有这个县（市、区），或者不归你管理。请写全称，如“城中区”。", field="county")
        return found[0]

    def _alone(self, code: str) -> bool:
        """A city without counties is one county of its own, written with the city's code elsewhere (dataset README)."""
        return sum(1 for one in self.by_code if one[:4] == code[:4]) == 1

    def _lies_in(self, county: Region, name: str) -> bool:
        return name in {self.above.get(county.prefecture_id or ""), self.above.get(county.province_id)}
