"""Typesetting of certificates and bulletins: a template and plain data in, pages out. The same data give the same bytes.

Everything goes into the template as JSON, so nobody's name can be anything but a name.
"""

import json
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import typst

from question_bank.controls import with_breaks
from quiz.awards.fonts import FontSet
from quiz.errors import BusyError

PATIENCE_SECONDS = 20.0  # a certificate takes a tenth of a second; who waits longer is asked to come back
MANY = 20  # pages after which memory is given back
KEPT_FOR = (
    12  # the typesetter keeps what it laid out for its next ten documents; without these a batch takes a gigabyte
)
EMPTY = b"#set document(date: none)\n"
_setting = threading.Lock()  # one at a time in a process: answers and saves need the cores more than certificates do


def typeset(
    template: Path, data: Mapping[str, Any], fonts: FontSet, *, size: int, format: Literal["pdf", "png"] = "pdf",
    ppi: float = 144,
) -> list[bytes]:  # fmt: skip
    """A PDF, or a picture of each page. ``size`` is about how many pages it will have.

    Raises BusyError when the line is too long.
    """
    text = json.dumps(_clean(data), ensure_ascii=False)
    if not _setting.acquire(timeout=PATIENCE_SECONDS):
        raise BusyError("现在制作证书和文件的人很多，请等几秒再试。")
    try:
        compiler = _compiler(template, fonts)
        made = compiler.compile(template, format=format, ppi=ppi, sys_inputs={"data": text})
        for _ in range(KEPT_FOR if size > MANY else 0):
            compiler.compile(EMPTY, format="pdf", sys_inputs={})
    finally:
        _setting.release()
    return made if isinstance(made, list) else [made or b""]


def _clean(value: Any) -> Any:
    """Plain data without control characters, for which no font has a letter."""
    if isinstance(value, Mapping):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    return with_breaks(value) if isinstance(value, str) else value


@lru_cache(4)
def _compiler(template: Path, fonts: FontSet) -> typst.Compiler:
    """A compiler that knows these fonts and no others; making one takes longer than a certificate."""
    return typst.Compiler(template, root=template.parent, font_paths=fonts.typeset, ignore_system_fonts=True)
