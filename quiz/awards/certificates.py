"""Certificates as PDF: data in, pages out. The same data give the same bytes.

Everything goes into the template as JSON, so nobody's name can be anything but a name. The template is
templates/certificates/certificate.typ.
"""

import io
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

import segno
import typst

from quiz.awards.fonts import FontSet
from quiz.config import ROOT
from quiz.errors import BusyError

TEMPLATE = ROOT / "templates" / "certificates" / "certificate.typ"
MARK = ROOT / "static" / "img" / "logo.svg"
PATIENCE_SECONDS = 20.0  # a certificate takes a tenth of a second; who waits longer is asked to come back
MANY = 20  # pages after which memory is given back
KEPT_FOR = (
    12  # the typesetter keeps what it laid out for its next ten documents; without these a batch takes a gigabyte
)
EMPTY = b"#set document(date: none)\n"
_setting = threading.Lock()  # one at a time in a process: answers and saves need the cores more than certificates do


@dataclass(frozen=True)
class Printed:
    """What one certificate says. ``code`` is grouped, ``link`` is the address in the QR code, ``site`` the one to type."""

    kind: str
    name: str
    school: str
    tier: str
    title: str
    group: str
    issuers: tuple[str, ...]
    day: date
    serial: str
    code: str
    link: str
    site: str
    members: tuple[str, ...] = ()  # of a team
    instructor: str = ""

    def texts(self) -> str:
        """Everything that is printed with letters of people's own choice."""
        own = (self.name, self.school, self.tier, self.title, self.group, self.instructor)
        return "".join((*own, *self.members, *self.issuers))

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values for the template."""
        day = f"{self.day.year}年{self.day.month}月{self.day.day}日"
        return {
            **self.__dict__,
            "issuers": list(self.issuers),
            "members": list(self.members),
            "day": day,
            "qr": _qr(self.link),
        }


def pdf(printed: Sequence[Printed], fonts: FontSet) -> bytes:
    """One A4 page in landscape for each. Raises BusyError when the line is too long."""
    return _compile(printed, fonts, "pdf")[0]


def png(printed: Printed, fonts: FontSet, ppi: float = 110) -> bytes:
    """One certificate as a picture, to look at."""
    return _compile([printed], fonts, "png", ppi)[0]


def _compile(
    printed: Sequence[Printed], fonts: FontSet, format: Literal["pdf", "png"], ppi: float = 144
) -> list[bytes]:
    data = json.dumps(
        {"mark": MARK.read_text(encoding="utf-8"), "awards": [one.to_dict() for one in printed]}, ensure_ascii=False
    )
    if not _setting.acquire(timeout=PATIENCE_SECONDS):
        raise BusyError("现在制作证书的人很多，请等几秒再试。")
    try:
        compiler = _compiler(fonts)
        made = compiler.compile(TEMPLATE, format=format, ppi=ppi, sys_inputs={"data": data})
        for _ in range(KEPT_FOR if len(printed) > MANY else 0):
            compiler.compile(EMPTY, format="pdf", sys_inputs={})
    finally:
        _setting.release()
    return made if isinstance(made, list) else [made or b""]


@lru_cache(2)
def _compiler(fonts: FontSet) -> typst.Compiler:
    """A compiler that knows these fonts and no others; making one takes longer than a certificate."""
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts.typeset, ignore_system_fonts=True)


def _qr(link: str) -> str:
    target = io.BytesIO()
    segno.make(link, error="m", micro=False).save(target, kind="svg", border=0, dark="#073B4C", xmldecl=False)
    return target.getvalue().decode()
