"""Certificates as PDF: data in, pages out. The template is templates/certificates/certificate.typ."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import segno

from quiz.awards.fonts import FontSet
from quiz.awards.typesetting import typeset
from quiz.config import ROOT

TEMPLATE = ROOT / "templates" / "certificates" / "certificate.typ"
MARK = ROOT / "static" / "img" / "logo.svg"


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
    return typeset(TEMPLATE, _data(printed), fonts, size=len(printed))[0]


def png(printed: Printed, fonts: FontSet, ppi: float = 110) -> bytes:
    """One certificate as a picture, to look at."""
    return typeset(TEMPLATE, _data([printed]), fonts, size=1, format="png", ppi=ppi)[0]


def _data(printed: Sequence[Printed]) -> dict[str, Any]:
    return {"mark": MARK.read_text(encoding="utf-8"), "awards": [one.to_dict() for one in printed]}


def _qr(link: str) -> str:
    target = io.BytesIO()
    segno.make(link, error="m", micro=False).save(target, kind="svg", border=0, dark="#073B4C", xmldecl=False)
    return target.getvalue().decode()
