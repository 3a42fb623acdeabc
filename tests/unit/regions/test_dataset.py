"""The shipped regions are complete and in order; changes are applied, wrong ones refused with file and entry."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from quiz.regions.data.build import build_rows
from quiz.regions.dataset import DATA_DIR, RegionDataError, RegionRow, load_regions

QINGHAI = {
    ("630100", "西宁市"): "02城东区 03城中区 04城西区 05城北区 06湟中区 21大通回族土族自治县 23湟源县",
    ("630200", "海东市"): (
        "02乐都区 03平安区 22民和回族土族自治县 23互助土族自治县 24化隆回族自治县 25循化撒拉族自治县"
    ),
    ("632200", "海北藏族自治州"): "21门源回族自治县 22祁连县 23海晏县 24刚察县",
    ("632300", "黄南藏族自治州"): "01同仁市 22尖扎县 23泽库县 24河南蒙古族自治县",
    ("632500", "海南藏族自治州"): "21共和县 22同德县 23贵德县 24兴海县 25贵南县",
    ("632600", "果洛藏族自治州"): "21玛沁县 22班玛县 23甘德县 24达日县 25久治县 26玛多县",
    ("632700", "玉树藏族自治州"): "01玉树市 22杂多县 23称多县 24治多县 25囊谦县 26曲麻莱县",
    ("632800", "海西蒙古族藏族自治州"): (
        "01格尔木市 02德令哈市 03茫崖市 21乌兰县 22都兰县 23天峻县 57大柴旦行政委员会"
    ),
}
TREE = """code,name,level,parent
630000,青海省,province,
630100,西宁市,prefecture,630000
630121,大通回族土族自治县,county,630100
630123,湟源县,county,630100
630200,海东市,prefecture,630000
630202,乐都区,county,630200
"""


@pytest.fixture(scope="module")
def regions() -> list[RegionRow]:
    return load_regions()


@pytest.fixture(scope="module")
def by_code(regions: list[RegionRow]) -> dict[str, RegionRow]:
    return {row.code: row for row in regions}


def children(regions: list[RegionRow], code: str) -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in regions if row.parent == code]


def test_counts_by_level(regions: list[RegionRow]) -> None:
    assert Counter(row.level for row in regions) == {"province": 34, "prefecture": 333, "county": 2854}


def test_codes_are_unique_and_have_six_digits(regions: list[RegionRow], by_code: dict[str, RegionRow]) -> None:
    assert len(by_code) == len(regions)
    assert all(len(code) == 6 and code.isdecimal() for code in by_code)


def test_qinghai_has_exactly_its_8_prefectures_and_45_counties(regions: list[RegionRow]) -> None:
    expected = {
        prefecture: [(prefecture[0][:4] + unit[:2], unit[2:]) for unit in units.split()]
        for prefecture, units in QINGHAI.items()
    }
    found = {prefecture: children(regions, prefecture[0]) for prefecture in children(regions, "630000")}
    assert found == expected
    assert (len(found), sum(map(len, found.values()))) == (8, 45)
    assert Counter(row.level for row in regions if row.province == "630000")["county"] == 45


def test_development_zones_are_left_out_and_da_qaidam_is_kept(by_code: dict[str, RegionRow]) -> None:
    assert not [row for row in by_code.values() if row.level == "county" and 71 <= int(row.code[4:]) <= 79]
    assert by_code["632857"] == RegionRow(
        "632857", "大柴旦行政委员会", "county", parent="632800", prefecture="632800", province="630000"
    )


@pytest.mark.parametrize(
    ("prefecture", "county", "name"),
    [
        ("441900", "441901", "东莞市"),
        ("442000", "442001", "中山市"),
        ("460400", "460401", "儋州市"),
        ("620200", "620201", "嘉峪关市"),
    ],
)
def test_cities_without_counties_have_one_county_level_node(
    regions: list[RegionRow], by_code: dict[str, RegionRow], prefecture: str, county: str, name: str
) -> None:
    assert (by_code[prefecture].level, by_code[prefecture].name) == ("prefecture", name)
    assert children(regions, prefecture) == [(county, name)]


@pytest.mark.parametrize(
    ("code", "name"), [("710000", "台湾省"), ("810000", "香港特别行政区"), ("820000", "澳门特别行政区")]
)
def test_taiwan_hong_kong_and_macao_are_provinces_without_children(
    regions: list[RegionRow], by_code: dict[str, RegionRow], code: str, name: str
) -> None:
    assert by_code[code] == RegionRow(code, name, "province", parent=None, prefecture=None, province=code)
    assert children(regions, code) == []


def test_pseudo_prefectures_are_not_shown_and_their_counties_hang_under_the_province(
    regions: list[RegionRow], by_code: dict[str, RegionRow]
) -> None:
    assert not [row for row in regions if row.name in ("市辖区", "县") or "直辖县级" in row.name]
    for code, province in [("110101", "110000"), ("500229", "500000"), ("419001", "410000"), ("659001", "650000")]:
        assert (by_code[code].parent, by_code[code].prefecture, by_code[code].province) == (province, None, province)


def test_every_unit_follows_its_parent_and_belongs_to_a_province(
    regions: list[RegionRow], by_code: dict[str, RegionRow]
) -> None:
    seen: set[str] = set()
    for row in regions:
        assert row.parent in seen if row.parent else row.level == "province"
        assert by_code[row.province].level == "province"
        assert row.prefecture is None or by_code[row.prefecture].level == "prefecture"
        seen.add(row.code)
    names = [row.name for row in regions]
    start = names.index("青海省")
    assert names[start : start + 3] == ["青海省", "西宁市", "城东区"]


def test_every_prefecture_has_a_county(regions: list[RegionRow]) -> None:
    parents = {row.parent for row in regions}
    assert [row.name for row in regions if row.level == "prefecture" and row.code not in parents] == []


# Overrides


def change(action: str, code: str, day: str = "2024-01-01", **fields: str) -> str:
    texts = {"action": action, "code": code, "reason": "撤县设区", "source": "公告"} | fields
    lines = "\n".join(f'{field} = "{text}"' for field, text in texts.items())
    return f"[[change]]\n{lines}\ndate = {day}\n"


def load(folder: Path, overrides: str = "", tree: str = TREE) -> list[RegionRow]:
    (folder / "regions.csv").write_text(tree, encoding="utf-8")
    (folder / "overrides.toml").write_text(overrides, encoding="utf-8")
    return load_regions(folder)


def test_changes_are_applied_in_order(tmp_path: Path) -> None:
    rows = load(
        tmp_path,
        change("add", "630300", name="新设市", level="prefecture", parent="630000")
        + change("move", "630123", parent="630300")
        + change("rename", "630121", name="大通区")
        + change("remove", "630202", day="2024-02-01"),
    )
    assert [(row.code, row.name, row.prefecture) for row in rows] == [
        ("630000", "青海省", None),
        ("630100", "西宁市", "630100"),
        ("630121", "大通区", "630100"),
        ("630200", "海东市", "630200"),
        ("630300", "新设市", "630300"),
        ("630123", "湟源县", "630300"),
    ]


def test_a_province_is_added_without_parent(tmp_path: Path) -> None:
    rows = load(tmp_path, change("add", "640000", name="新省", level="province"))
    assert rows[-1] == RegionRow("640000", "新省", "province", parent=None, prefecture=None, province="640000")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (change("split", "630121"), "action must be"),
        (change("rename", "630199", name="某县"), "no unit has this code"),
        (change("rename", "630121"), "missing name"),
        (change("rename", "630121", name=" "), "name must be a text"),
        (change("rename", "630121", name="大通区", source=""), "source must be a text"),
        (change("rename", "630121", name="大通区", parent="630200"), "not allowed here: parent"),
        (change("rename", "630121", name="大通区", day='"2024-01-01"'), "date must be a plain date"),
        (change("rename", "630121", name="大通区", day="2024-01-01T00:00:00"), "date must be a plain date"),
        (change("rename", "630121", name="大通区", day="2023-12-31"), "older than the entry before"),
        (change("add", "630121", name="重县", level="county", parent="630100"), "taken by 大通回族土族自治县"),
        (change("add", "63012", name="短码", level="county", parent="630100"), "a code has six digits"),
        (change("add", "630122", name="某乡", level="town", parent="630100"), "level must be"),
        (change("add", "630122", name="某县", level="county"), "a county needs a parent"),
        (change("add", "630122", name="某县", level="county", parent="630900"), "parent 630900 does not exist"),
        (change("add", "630122", name="某县", level="county", parent="630123"), "cannot lie in 湟源县, a county"),
        (change("move", "630200", parent="630100"), "cannot lie in 西宁市, a prefecture"),
        (change("move", "630000", parent="630000"), "cannot lie in 青海省, a province"),
        (change("remove", "630200"), "still holds 乐都新区"),
    ],
)
def test_a_wrong_change_is_refused_with_file_and_entry(tmp_path: Path, entry: str, message: str) -> None:
    good = change("rename", "630202", name="乐都新区")
    with pytest.raises(RegionDataError, match=message) as refusal:
        load(tmp_path, good + entry)
    assert str(refusal.value).startswith("overrides.toml, change 2 (63")


@pytest.mark.parametrize("text", ["[[change", 'rename = "630121"', "change = 3"])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RegionDataError, match=r"^overrides\.toml: "):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("630121,再次,county,630100", "taken by"),
        ("630301,某县,county,630300", "does not exist"),
        ("630301,某县,county,", "needs a parent"),
        ("630301,,county,630100", "a name is not empty"),
        ("630301,某县,county", "4 cells expected"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(RegionDataError, match=message) as refusal:
        load(tmp_path, tree=TREE + line + "\n")
    assert str(refusal.value).startswith("regions.csv, line 8")


def test_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RegionDataError, match="line 1: the columns must be"):
        load(tmp_path, tree="code,name\n")


# The rebuild script


def write_package(folder: Path) -> None:
    files = {
        "provinces": [{"code": "11", "name": "北京市"}, {"code": "44", "name": "广东省"}],
        "cities": [
            {"code": "1101", "name": "市辖区", "provinceCode": "11"},
            {"code": "4419", "name": "东莞市", "provinceCode": "44"},
        ],
        "areas": [
            {"code": "110101", "name": "东城区", "cityCode": "1101", "provinceCode": "11"},
            {"code": "110171", "name": "某开发区", "cityCode": "1101", "provinceCode": "11"},
            {"code": "441900", "name": "东莞市", "cityCode": "4419", "provinceCode": "44"},
        ],
    }
    (folder / "dist").mkdir()
    for name, units in files.items():
        (folder / "dist" / f"{name}.json").write_text(json.dumps(units), encoding="utf-8")


def test_the_rebuild_applies_the_rules(tmp_path: Path) -> None:
    write_package(tmp_path)
    assert build_rows(tmp_path)[:5] == [
        ("110000", "北京市", "province", ""),
        ("110101", "东城区", "county", "110000"),
        ("440000", "广东省", "province", ""),
        ("441900", "东莞市", "prefecture", "440000"),
        ("441901", "东莞市", "county", "441900"),
    ]


def test_the_shipped_file_is_sorted_as_the_rebuild_writes_it() -> None:
    with (DATA_DIR / "regions.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    assert rows == sorted(rows)
