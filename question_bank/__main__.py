"""Command line: `python -m question_bank check|stats [--json] [--path FOLDER]`; check exits with 1 on problems."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from question_bank.checks import check_bank
from question_bank.loader import read_bank
from question_bank.model import GradeBand, Item
from question_bank.problem import Problem
from question_bank.stats import BankStats, count
from question_bank.targets import BAND_TARGETS, QINGHAI, TOPIC_TARGETS, TOTAL, shortfalls
from question_bank.taxonomy import BAND_NAMES, KIND_NAMES, TOPICS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 = fine, 1 = problems found."""
    parser = argparse.ArgumentParser(prog="question_bank", description="题库检查与统计")
    parser.add_argument("command", choices=("check", "stats"))
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--path", type=Path, help="内容目录，默认用随附的题库")
    options = parser.parse_args(arguments)
    items, unreadable = read_bank(options.path)
    if options.command == "check":
        return _check(items, unreadable, options.json)
    return _stats(items, unreadable, options.json)


def _check(items: list[Item], unreadable: list[Problem], as_json: bool) -> int:
    problems = unreadable + check_bank(items)
    if as_json:
        print(_json({"items": len(items), "problems": [problem.to_dict() for problem in problems]}))
    else:
        print("".join(f"{problem}\n" for problem in problems) + f"{len(items)} 题，{len(problems)} 个问题")
    return 1 if problems else 0


def _stats(items: list[Item], unreadable: list[Problem], as_json: bool) -> int:
    stats = count(items)
    missed = [str(one) for one in shortfalls(stats)]
    print(_json({**stats.to_dict(), "shortfalls": missed}) if as_json else _table(stats))
    if unreadable:
        print(f"另有 {len(unreadable)} 处读不出来，请先运行 check。", file=sys.stderr)
    return 1 if unreadable else 0


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _table(stats: BankStats) -> str:
    """Topic × band × kind against the targets, as a table that a terminal can hold."""
    kinds = list(KIND_NAMES)
    lines = [
        f"共 {stats.total} 题（目标 {TOTAL}），已核对 {stats.reviewed} 题，会过期、写了复核日期的 {stats.ageing} 题",
        f"引用《青海省禁毒条例》 {stats.qinghai} 题，标签“青海” {stats.tagged_qinghai} 题（目标 {QINGHAI}）",
        "",
        _row("主题 / 年级段", [KIND_NAMES[kind][:2] for kind in kinds], "合计", "目标"),
    ]
    for code, topic in TOPICS.items():
        lines.append(
            _row(
                topic.name,
                [stats.topic_kinds.get((code, kind), 0) for kind in kinds],
                stats.topics.get(code, 0),
                TOPIC_TARGETS[code],
            )
        )
        for band in GradeBand:
            row = [stats.cells.get((code, band, kind), 0) for kind in kinds]
            lines.append(_row(f"  {BAND_NAMES[band]}", row, sum(row), ""))
    lines.append(_row("全部", [stats.kinds.get(kind, 0) for kind in kinds], stats.total, TOTAL))
    for band in GradeBand:
        row = [sum(stats.cells.get((code, band, kind), 0) for code in TOPICS) for kind in kinds]
        lines.append(_row(f"  {BAND_NAMES[band]}", row, stats.bands.get(band, 0), BAND_TARGETS[band]))
    shares = [f"{100 * stats.kinds.get(kind, 0) / max(1, stats.total):.0f}%" for kind in kinds]
    lines.append(_row("  占比", shares, "100%", ""))
    asked = "，".join(f"第{number}问 {n}" for number, n in stats.questions.items())
    missed = [f"  {one}" for one in shortfalls(stats)]
    return "\n".join([*lines, "", f"十问：{asked or '无'}", "未达到的目标：" if missed else "目标全部达到。", *missed])


def _row(name: str, cells: Sequence[object], total: object, target: object) -> str:
    """One line: Chinese characters are two columns wide."""
    wide = name + " " * max(0, 20 - sum(2 if ord(char) > 255 else 1 for char in name))
    shown = "".join(str(cell).rjust(6 - sum(ord(char) > 255 for char in str(cell))) for cell in cells)
    last = "".join(str(one).rjust(7 - sum(ord(char) > 255 for char in str(one))) for one in (total, target))
    return f"{wide}{shown}{last}"


if __name__ == "__main__":
    sys.exit(main())
