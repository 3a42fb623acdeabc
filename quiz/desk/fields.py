"""Fields that several forms of the desk have."""

from typing import Any

from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange


def whole_number(label: Any, minimum: int, maximum: int, message: Any, **kwargs: Any) -> IntegerField:
    """A whole number within limits; ``message`` says what to enter."""
    check = [InputRequired(message), NumberRange(minimum, maximum, message)]
    return IntegerField(label, validators=check, **kwargs)
