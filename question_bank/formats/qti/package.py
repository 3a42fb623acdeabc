"""QTI content packages: a zip with a manifest and one file per item; single item files are read too.

Our fields that QTI has no place for travel as keywords in the manifest's learning object metadata (LOM).
"""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element, SubElement, tostring

from question_bank.formats import extras, words
from question_bank.formats.base import (
    MAX_ITEMS,
    FormatError,
    FormatProblem,
    ReadItem,
    ReadResult,
    Written,
)
from question_bank.formats.numbered import fixed_zip
from question_bank.formats.qti.names import LOM, XSI, Version, descendants, local, value
from question_bank.formats.qti.reading import read_item
from question_bank.formats.qti.writing import item_element
from question_bank.formats.safety import open_zip, parse_xml
from question_bank.model import Item, ItemKind

MANIFEST = "imsmanifest.xml"
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def write(items: Sequence[Item], version: Version) -> Written:
    """A package of the items; those whose key is not whole are refused by id."""
    refused = []
    kept: list[tuple[str, Item]] = []
    names: set[str] = set()
    for number, item in enumerate(items, 1):
        if _is_whole(item):
            name = item.id if item.id and item.id not in names else f"item-{number}"
            names.add(name)
            kept.append((name, item))
        else:
            refused.append(FormatProblem(item.id or f"第 {number} 题", "答案不完整，QTI 写不下。"))
    entries = {f"items/{name}.xml": _file(item_element(item, version, name)) for name, item in kept}
    return Written(fixed_zip({MANIFEST: _file(_manifest(kept, version)), **entries}), tuple(refused))


def _is_whole(item: Item) -> bool:
    if item.kind is ItemKind.SCENARIO:
        return all(choice.grade for choice in item.choices)
    return bool(item.answer_key)


def _file(root: Element) -> bytes:
    body: bytes = tostring(root, "utf-8")
    return _HEAD + body + b"\n"


def _manifest(items: Sequence[tuple[str, Item]], version: Version) -> Element:
    root = Element("manifest", identifier="qingyuan", xmlns=version.package)
    root.set("xmlns:xsi", XSI)
    root.set("xmlns:lom", LOM)
    root.set("xsi:schemaLocation", f"{version.package} {version.package_schema}")
    metadata = SubElement(root, "metadata")
    SubElement(metadata, "schema").text = f"QTI{'v' + version.schema_version if not version.is_three else ''} Package"
    SubElement(metadata, "schemaversion").text = version.schema_version if version.is_three else "1.0.0"
    SubElement(root, "organizations")
    resources = SubElement(root, "resources")
    for name, item in items:
        href = f"items/{name}.xml"
        resource = SubElement(resources, "resource", identifier=f"r-{name}", type=version.resource_type, href=href)
        general = SubElement(SubElement(SubElement(resource, "metadata"), "lom:lom"), "lom:general")
        place = [f"qy:place={item.topic}/{item.subtopic}"] if item.topic else []
        for keyword in [*place, *extras.to_tags(item)]:
            found = SubElement(SubElement(general, "lom:keyword"), "lom:string", language="x-none")
            found.text = keyword
        SubElement(resource, "file", href=href)
    return root


def read(data: bytes, filename: str = "") -> ReadResult:
    """A package or one item file, of any version. Raises FormatError when it is neither."""
    if not data.startswith(b"PK"):
        return _collected(iter([("第 1 题", data, ())]))
    entries = open_zip(data)
    place = next((name for name in sorted(entries, key=len) if name.rpartition("/")[2] == MANIFEST), None)
    if place is None:
        raise FormatError(f"压缩包里没有 {MANIFEST}，不是 QTI 包。请从原系统重新导出。")
    return _collected(_files(entries, place))


def _files(entries: dict[str, bytes], manifest: str) -> Iterator[tuple[str, bytes | None, tuple[str, ...]]]:
    """(name, content, keywords) of every item that the manifest lists, in its order."""
    folder = posixpath.dirname(manifest)
    for resource in descendants(parse_xml(entries[manifest]), "resource"):
        if "imsqti_item" not in value(resource, "type"):
            continue
        href = value(resource, "href")
        keywords = tuple(
            (one.text or "").strip()
            for keyword in descendants(resource, "keyword")
            for one in keyword.iter()
            if local(one) in {"string", "langstring"}
        )
        yield (
            href or value(resource, "identifier"),
            entries.get(posixpath.normpath(posixpath.join(folder, href))),
            keywords,
        )


def _collected(files: Iterator[tuple[str, bytes | None, tuple[str, ...]]]) -> ReadResult:
    items: list[ReadItem] = []
    problems: list[FormatProblem] = []
    for number, (name, content, keywords) in enumerate(files, 1):
        where = f"第 {number} 题" if name.startswith("第") else f"第 {number} 题（{name[-60:]}）"
        if number > MAX_ITEMS:
            raise FormatError(f"题目超过 {MAX_ITEMS} 道。请拆开后再试。")
        if content is None:
            problems.append(FormatProblem(where, "清单里列了这道题，包里没有它的文件。"))
            continue
        try:
            item, doubts = read_item(parse_xml(content))
            items.append(
                ReadItem(_with_keywords(item, keywords), where, tuple(FormatProblem(where, d) for d in doubts))
            )
        except FormatError as error:
            if not keywords and name.startswith("第"):
                raise
            problems.append(FormatProblem(where, str(error)))
        except ValueError as reason:
            problems.append(FormatProblem(where, f"{reason}。没有导入这道题。"))
    if not items and not problems:
        raise FormatError("包里没有题目（imsqti_item）。请从原系统重新导出。")
    return ReadResult(tuple(items), tuple(problems))


def _with_keywords(item: Item, keywords: Sequence[str]) -> Item:
    place = next((one.removeprefix("qy:place=") for one in keywords if one.startswith("qy:place=")), "")
    topic, subtopic = words.place_of(place)
    return replace(extras.from_tags(item, keywords), topic=topic, subtopic=subtopic)
