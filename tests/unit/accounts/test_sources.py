"""How network sources and typed values are brought into one form."""

import pytest

from quiz.accounts.rules import mask_name, plain
from quiz.accounts.throttle import source_key, unknown_key


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("10.1.2.3", "source:10.1.2.3"),
        ("2001:db8:1:2:aaaa::1", "source:2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::9", "source:2001:db8:1:2::"),
        ("", "source:unknown"),
        ("not an address", "source:unknown"),
    ],
)
def test_a_source_is_an_address_or_an_ipv6_network(address: str, key: str) -> None:
    assert source_key(address) == key


def test_unknown_accounts_do_not_store_what_was_typed() -> None:
    key = unknown_key(1, "20240101")
    assert "20240101" not in key
    assert key != unknown_key(12, "0240101")
    assert len(key) <= 120


def test_full_width_digits_become_plain() -> None:
    assert plain(" ２０２４０１０１ ") == "20240101"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("欧阳小雪", "欧*雪"),
        ("才让·多杰", "才**"),
        ("卓", "*"),
        (" 李明 ", "李*"),
        ("王小明", "王*明"),
    ],
)
def test_names_are_masked_for_the_public(name: str, masked: str) -> None:
    assert mask_name(name) == masked
