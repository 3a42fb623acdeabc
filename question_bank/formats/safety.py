"""Guards against hostile files: size, XML bombs and entities, zip bombs and paths, texts without end.

Limits are far above what real banks need; each refusal says what to do instead. They are counted while a file is read,
so that a file made to slow the reader down costs little more than one that is refused for its size.
"""

import io
import re
import stat
import zipfile
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from question_bank.formats.base import MAX_BYTES, FormatError

MAX_ENTRIES = 6000
MAX_UNPACKED = 50 * 1024 * 1024
MAX_RATIO = 200  # unpacked : packed, judged above RATIO_FLOOR
RATIO_FLOOR = 1024 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 200_000  # a Moodle file of 10 MB holds about 190,000
MAX_LINES = 100_000  # of a text: twenty for each of the 5,000 questions that one file may hold
MAX_LINE = 50_000  # characters
_ENDLESS_TAG = re.compile(rb"<[^!?>][^>]{65536}")


def check_size(data: bytes) -> None:
    """Raises FormatError for an empty file and for one that is too large."""
    if not data:
        raise FormatError("文件是空的。请检查后重新选择。")
    if len(data) > MAX_BYTES:
        raise FormatError("文件超过 10 MB。请拆成几个文件，或去掉图片后再试。")


def parse_xml(data: bytes) -> Element:
    """The root of an XML document without DTD and entities; raises FormatError for anything else."""
    check_size(data)
    if _ENDLESS_TAG.search(data):
        raise FormatError("XML 里有一个标签长得不正常，不读取。请从原系统重新导出。")
    parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException:
        raise FormatError("文件里有 DTD 或实体声明，为安全起见不读取。请从原系统重新导出普通的 XML。") from None
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise FormatError(f"不是合格的 XML：{error}。请从原系统重新导出。") from None
    return root


class _Builder(TreeBuilder):
    """A tree that stops growing at the limits."""

    def __init__(self) -> None:
        super().__init__()
        self._count = self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Raises FormatError for an element too many or too deep."""
        self._count += 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FormatError("XML 嵌套得太深，不读取。请从原系统重新导出。")
        if self._count > MAX_ELEMENTS:
            raise FormatError(f"XML 里的元素超过 {MAX_ELEMENTS} 个，不读取。请拆成几个文件后再试。")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)


def decode(data: bytes) -> str:
    """The text of a file: by its mark, else UTF-8, else GB18030. Raises FormatError for anything else.

    Refuses texts of more lines, or a longer line, than any bank has.
    """
    check_size(data)
    marks = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    encodings = [name for mark, name in marks if data.startswith(mark)] or ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            _check_lines(text)
            return text
    raise FormatError("文件的文字读不出来。请另存为 UTF-8 编码，或 .xlsx、.docx。")


def _check_lines(text: str) -> None:
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise FormatError(f"文字超过 {MAX_LINES} 行，不读取。请拆成几个文件后再试。")
    if any(len(line) > MAX_LINE for line in lines):
        raise FormatError(f"有一行超过 {MAX_LINE} 字，不读取。请检查是不是少了换行。")


def open_zip(data: bytes) -> dict[str, bytes]:
    """Path → content of a zip archive; raises FormatError for bombs, links, encrypted entries and paths that lead out."""
    check_size(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_entries(entries)
            return {entry.filename: _unpack(archive, entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise FormatError(f"压缩包打不开：{error}。请重新打包（普通 zip）后再试。") from None


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise FormatError(f"压缩包里有 {len(entries)} 个文件，太多了。请拆开后再试。")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise FormatError("压缩包解开后太大，不读取。请拆开后再试。")
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename or "\x00" in entry.filename:
            raise FormatError("压缩包里的文件路径指向包外，不读取。请重新打包。")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise FormatError("压缩包里有链接文件，不读取。请重新打包。")
        if entry.flag_bits & 1:
            raise FormatError("压缩包设了密码。请去掉密码后再试。")
        if entry.file_size > RATIO_FLOOR and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            raise FormatError("压缩包的压缩比异常，可能是压缩炸弹，不读取。")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise FormatError("压缩包里有重名文件，不读取。请重新打包。")


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The entry's bytes, never more than it declares."""
    with archive.open(entry) as stream:
        content = stream.read(entry.file_size + 1)
    if len(content) > entry.file_size:
        raise FormatError("压缩包里的文件比声明的大，不读取。请重新打包。")
    return content
