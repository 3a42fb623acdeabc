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
    print(_json(stats.to_dict()) if as_json else _table(stats))
    if unreadable:
        print(f"另有 {len(unreadable)} 处读不出来，请先运行 check。", file=sys.stderr)
    return 1 if unreadable else 0


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _table(stats: BankStats) -> str:
    lines = [f"共 {stats.total} 题，已核对 {stats.reviewed} 题，引用《青海省禁毒条例》 {stats.qinghai} 题"]
    for code, topic in TOPICS.items():
        lines.append(f"{topic.name}：{stats.topics.get(code, 0)} 题")
        for band in GradeBand:
            row = [f"{name} {n}" for kind, name in KIND_NAMES.items() if (n := stats.cells.get((code, band, kind)))]
            if row:
                lines.append(f"  {BAND_NAMES[band]}：{'，'.join(row)}")
    asked = "，".join(f"第{number}问 {n}" for number, n in stats.questions.items())
    return "\n".join([*lines, f"十问：{asked or '无'}"])


if __name__ == "__main__":
    sys.exit(main())
