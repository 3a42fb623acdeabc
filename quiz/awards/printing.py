"""From an award to what its certificate says. The words are Chinese, like the certificate, whatever the page's language."""

from urllib.parse import urlsplit

from quiz.awards.certificates import Printed
from quiz.awards.models import Award, AwardSetting
from quiz.awards.rules import serial, shown_code
from quiz.errors import msgid

#: What stands behind the contest's title; the pages have the same words in their own language.
GROUPS = {
    "primary": msgid("小学组"),
    "junior": msgid("初中组"),
    "senior": msgid("高中组"),
    "vocational": msgid("中职组"),
    "open": msgid("公开组"),
    "public_servant": msgid("公职人员组"),
    "community": msgid("社区组"),
    "parent": msgid("家长组"),
}


def printed(award: Award, setting: AwardSetting) -> Printed:
    """An issued award as it is printed."""
    if award.number is None or award.signed_on is None:
        raise ValueError("an award that was not issued has no certificate")
    number = serial(setting.prefix, award.number)
    return Printed(
        kind=award.kind.value, name=award.name, school=award.school, tier=award.tier, title=award.title,
        group=GROUPS.get(award.group_kind or "", ""), issuers=tuple(award.issuers.split("\n")), day=award.signed_on,
        serial=number, code=shown_code(award.check_code), link=f"{setting.verify_address}/{number}/{award.check_code}",
        site=_site(setting.verify_address), members=tuple(name for _, name in award.members),
        instructor=award.instructor,
    )  # fmt: skip


def _site(address: str) -> str:
    """The address as somebody types it: without the scheme."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}"
