"""The administrative regions of China as plain rows: data/regions.csv with data/overrides.toml applied.

Pure reading: no database, no framework. data/README.md tells where the codes come from.
"""

import csv
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, cast

Level = Literal["province", "prefecture", "county"]
Units = dict[str, "_Unit"]

DATA_DIR = Path(__file__).with_name("data")
REGIONS_FILE = "regions.csv"
OVERRIDES_FILE = "overrides.toml"

COLUMNS = ["code", "name", "level", "parent"]
# A county of a municipality, or one that a province governs directly, has no prefecture above it.
PARENT_LEVELS: dict[str, set[str]] = {
    "province": set(),
    "prefecture": {"province"},
    "county": {"province", "prefecture"},
}
ACTION_FIELDS = {"add": {"name", "level"}, "rename": {"name"}, "move": {"parent"}, "remove": set[str]()}
COMMON_FIELDS = {"action", "code", "date", "reason", "source"}
CODE = re.compile(r"[1-9][0-9]{5}")


class RegionDataError(Exception):
    """A data file is wrong; the message names the file, the line or entry, and what to correct."""


@dataclass(frozen=True)
class RegionRow:
    """One unit; `prefecture` and `province` are the codes that it belongs to, its own included, or None."""

    code: str
    name: str
    level: Level
    parent: str | None
    prefecture: str | None
    province: str


@dataclass(frozen=True)
class _Unit:
    code: str
    name: str
    level: str
    parent: str | None


def load_regions(data_dir: Path | None = None) -> list[RegionRow]:
    """Return all units in tree order: every unit is followed by what lies in it, siblings by code.

    Raises RegionDataError if a file breaks its format, a code is taken or unknown, or a level does not fit its parent.
    """
    folder = data_dir or DATA_DIR
    units = _read_regions(folder / REGIONS_FILE)
    _apply_overrides(units, folder / OVERRIDES_FILE)
    return list(_rows_in_tree_order(units))


def _read_regions(path: Path) -> Units:
    units: Units = {}
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        if next(reader, None) != COLUMNS:
            raise RegionDataError(f"{path.name}, line 1: the columns must be {','.join(COLUMNS)}")
        for cells in reader:
            where = f"{path.name}, line {reader.line_num}"
            if len(cells) != len(COLUMNS):
                raise RegionDataError(f"{where}: {len(COLUMNS)} cells expected, {len(cells)} found")
            code, name, level, parent = cells
            _add(units, _Unit(code, name, level, parent or None), f"{where} ({code})")
    return units


def _apply_overrides(units: Units, path: Path) -> None:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RegionDataError(f"{path.name}: not valid TOML: {error}") from error
    changes = document.pop("change", [])
    if document or not isinstance(changes, list):
        raise RegionDataError(f"{path.name}: only [[change]] entries are allowed")
    last_date = date.min
    for number, change in enumerate(changes, start=1):
        where = f"{path.name}, change {number}"
        if not isinstance(change, dict):
            raise RegionDataError(f"{where}: an entry is a [[change]] table")
        where = f"{where} ({change.get('code', 'no code')})"
        _check_fields(change, where)
        if change["date"] < last_date:
            raise RegionDataError(f"{where}: older than the entry before it; keep the entries in order of date")
        last_date = change["date"]
        _apply(units, change, where)


def _apply(units: Units, change: dict[str, str], where: str) -> None:
    code = change["code"]
    match change["action"]:
        case "add":
            _add(units, _Unit(code, change["name"], change["level"], change.get("parent")), where)
        case "rename":
            _put(units, replace(_find(units, code, where), name=change["name"]), where)
        case "move":
            _put(units, replace(_find(units, code, where), parent=change["parent"]), where)
        case "remove":
            _remove(units, code, where)


def _check_fields(change: dict[str, Any], where: str) -> None:
    action = change.get("action")
    if not isinstance(action, str) or action not in ACTION_FIELDS:
        raise RegionDataError(f"{where}: action must be one of {', '.join(ACTION_FIELDS)}")
    needed = COMMON_FIELDS | ACTION_FIELDS[action]
    # Only a province has nothing above it, so the parent of an added unit is checked against its level later.
    allowed = needed | {"parent"} if action == "add" else needed
    if missing := sorted(needed - change.keys()):
        raise RegionDataError(f"{where}: missing {', '.join(missing)}")
    if unknown := sorted(change.keys() - allowed):
        raise RegionDataError(f"{where}: not allowed here: {', '.join(unknown)}")
    # A TOML date with a time is read as a datetime, which is also a date but cannot be compared with one.
    if not isinstance(change["date"], date) or isinstance(change["date"], datetime):
        raise RegionDataError(f"{where}: date must be a plain date such as 2024-01-31, without quotes")
    for field in sorted(change.keys() - {"date"}):
        if not isinstance(change[field], str) or not change[field].strip():
            raise RegionDataError(f"{where}: {field} must be a text that is not empty")


def _add(units: Units, unit: _Unit, where: str) -> None:
    if not CODE.fullmatch(unit.code):
        raise RegionDataError(f"{where}: a code has six digits")
    if unit.code in units:
        raise RegionDataError(f"{where}: this code is taken by {units[unit.code].name}")
    _put(units, unit, where)


def _remove(units: Units, code: str, where: str) -> None:
    _find(units, code, where)
    children = [unit.name for unit in units.values() if unit.parent == code]
    if children:
        raise RegionDataError(f"{where}: still holds {', '.join(children[:3])} ({len(children)} in all)")
    del units[code]


def _find(units: Units, code: str, where: str) -> _Unit:
    if code not in units:
        raise RegionDataError(f"{where}: no unit has this code")
    return units[code]


def _put(units: Units, unit: _Unit, where: str) -> None:
    """Store a unit whose name, level and place in the tree are right."""
    if not unit.name or unit.name != unit.name.strip():
        raise RegionDataError(f"{where}: a name is not empty and has no spaces around it")
    if unit.level not in PARENT_LEVELS:
        raise RegionDataError(f"{where}: level must be province, prefecture or county, not {unit.level!r}")
    allowed = PARENT_LEVELS[unit.level]
    if unit.parent is None and allowed:
        raise RegionDataError(f"{where}: a {unit.level} needs a parent")
    if unit.parent is not None:
        parent = units.get(unit.parent)
        if parent is None:
            raise RegionDataError(f"{where}: parent {unit.parent} does not exist (parents come first)")
        if parent.level not in allowed:
            raise RegionDataError(f"{where}: a {unit.level} cannot lie in {parent.name}, a {parent.level}")
    units[unit.code] = unit


def _rows_in_tree_order(units: Units) -> Iterator[RegionRow]:
    children: dict[str | None, list[_Unit]] = defaultdict(list)
    for code in sorted(units):
        children[units[code].parent].append(units[code])

    def below(parent: RegionRow | None) -> Iterator[RegionRow]:
        for unit in children[parent.code if parent else None]:
            above = parent.prefecture if parent else None
            row = RegionRow(
                code=unit.code,
                name=unit.name,
                level=cast(Level, unit.level),
                parent=unit.parent,
                prefecture=unit.code if unit.level == "prefecture" else above,
                province=parent.province if parent else unit.code,
            )
            yield row
            yield from below(row)

    yield from below(None)
