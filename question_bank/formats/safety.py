"""Guards against hostile files: size, XML bombs and entities, zip bombs and paths, texts without end.

Limits are far above what real banks need; each refusal says what to do instead.
"""

import io
import stat
import zipfile
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from question_bank.formats.base import MAX_BYTES, FormatError

MAX_ENTRIES = 6000
MAX_UNPACKED = 50 * 1024 * 1024
MAX_RATIO = 200  # unpacked : packed, judged above RATIO_FLOOR
RATIO_FLOOR = 1024 * 1024
MAX_DEPTH = 100


def check_size(data: bytes) -> None:
    """Raises FormatError for an empty file and for one that is too large."""
    if not data:
        raise FormatError("文件是空的。请检查后重新选择。")
    if len(data) > MAX_BYTES:
        raise FormatError("文件超过 10 MB。请拆成几个文件，或去掉图片后再试。")


def parse_xml(data: bytes) -> Element:
    """The root of an XML document without DTD and entities; raises FormatError for anything else."""
    check_size(data)
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise FormatError("文件里有 DTD 或实体声明，为安全起见不读取。请从原系统重新导出普通的 XML。") from None
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise FormatError(f"不是合格的 XML：{error}。请从原系统重新导出。") from None
    _check_depth(root)
    return root


def _check_depth(root: Element) -> None:
    level, depth = [root], 1
    while level:
        if depth > MAX_DEPTH:
            raise FormatError("XML 嵌套得太深，不读取。请从原系统重新导出。")
        level, depth = [child for node in level for child in node], depth + 1


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
