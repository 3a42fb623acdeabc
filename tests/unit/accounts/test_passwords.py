"""Passwords are judged by length and by how guessable they are; user names have one form."""

import pytest

from quiz.accounts.passwords import check_password, check_username
from quiz.accounts.secrets import new_password, new_pin
from quiz.errors import DomainError


@pytest.mark.parametrize(
    "password", ["correct-horse-battery", "三江源的水真清澈又凉快呀", "my cat likes yoghurt", "a" * 10 + "bxQ7m2zKp"]
)
def test_long_passwords_need_no_special_signs(password: str) -> None:
    check_password(password, username="teacher", name="周老师")


@pytest.mark.parametrize(
    "password",
    [
        "short", "12345678901234", "aaaaaaaaaaaaaa", "passwordpassword", "Password123456", "qwertyuiop1234",
        "zhoulaoshi2026", "周老师周老师周老师周老师", "ＱＩＮＧＨＡＩ123456", "x" * 129,
    ],
)  # fmt: skip
def test_short_endless_and_guessable_passwords_are_refused(password: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_password(password, username="zhoulaoshi", name="周老师")
    assert refused.value.field == "password"


def test_initial_passwords_pass_the_check_and_differ() -> None:
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        check_password(password)


def test_pins_have_six_digits_with_leading_zeros() -> None:
    pins = [new_pin() for _ in range(500)]
    assert all(len(pin) == 6 and pin.isdigit() for pin in pins)
    assert len(set(pins)) > 480


@pytest.mark.parametrize(
    ("typed", "key"), [("  Zhou.Li ", "zhou.li"), ("ＺＨＯＵ", "zhou"), ("周老师2", "周老师2"), ("STRASSE", "strasse")]
)
def test_a_user_name_has_one_form(typed: str, key: str) -> None:
    assert check_username(typed) == key


@pytest.mark.parametrize(
    "username", ["ab", "x" * 41, "zhou li", "аdmin", "zhou\u200bli", "zhou/../li", "<b>zhou</b>", "zhou\tli"]
)
def test_look_alikes_spaces_and_markup_are_refused(username: str) -> None:
    with pytest.raises(DomainError):
        check_username(username)
