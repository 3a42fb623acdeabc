"""Steps that the tests of signing in share."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.cast import PASSWORD, PIN
from tests.pages import post

SCHOOL_A, SCHOOL_B = "6301030001", "6328010001"


def sign_in_pupil(
    client: FlaskClient, number: str = "20240101", pin: str = PIN, school: str = SCHOOL_A, **more: Any
) -> TestResponse:
    """Fill in the pupils' form, starting from the school's own address."""
    data = {"school": school, "student_number": number, "pin": pin, **more}
    return post(client, "/sign-in", data, via="/sign-in?school=" + school)


def sign_in_staff(
    client: FlaskClient, username: str = "teacher", password: str = PASSWORD, **more: Any
) -> TestResponse:
    """Fill in the form of staff."""
    return post(client, "/sign-in/staff", {"username": username, "password": password, **more})


def is_signed_in(client: FlaskClient) -> bool:
    """Whether the sign-in page sends this browser on."""
    return client.get("/sign-in").status_code == 303
