"""The base of all forms, and how a domain error finds its field."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import get_locale, gettext
from flask_wtf import FlaskForm
from wtforms import DecimalField, Field, Form, ValidationError
from wtforms.fields.choices import SelectChoice

from question_bank.controls import one_line, with_breaks
from quiz.errors import DomainError, ManyErrors, NotFoundError


def in_one_line(value: Any) -> Any:
    """Field filter: neither outer white space nor a control character is ever meant."""
    return one_line(value) if isinstance(value, str) else value


def in_lines(value: Any) -> Any:
    """Field filter of a longer text: as :func:`in_one_line`, but with its line breaks and tabs."""
    return with_breaks(value).strip() if isinstance(value, str) else value


#: By the field's own class: passwords are taken as they are typed, hidden fields as the page wrote them.
FILTERS = {"StringField": in_one_line, "SearchField": in_one_line, "TextAreaField": in_lines}


def options(labels: Mapping[Any, Any], empty: Any = None) -> list[SelectChoice]:
    """Choices of a field from value → label; ``empty`` labels a first choice that means none."""
    first = [] if empty is None else [SelectChoice("", empty)]
    return first + [SelectChoice(str(value), label) for value, label in labels.items()]


class OwnMeta:
    """What our forms share: messages in the page's language, and texts without control characters."""

    def get_translations(self, form: Any) -> Any:
        from wtforms.i18n import get_translations

        return get_translations([str(get_locale() or "zh")])

    def bind_field(self, form: Any, unbound_field: Any, options: Mapping[str, Any]) -> Field:
        filters = list(unbound_field.kwargs.get("filters", ()))
        if own := FILTERS.get(unbound_field.field_class.__name__):
            filters.insert(0, own)
        return unbound_field.bind(form=form, filters=filters, **options)


class RowForm(Form):
    """The base of a form within a form: a row, a group."""

    class Meta(OwnMeta):
        pass


class BaseForm(FlaskForm):
    """CSRF-protected form whose own messages follow the page's language."""

    class Meta(OwnMeta, FlaskForm.Meta):
        pass

    def add_error(self, error: DomainError) -> None:
        """Attach a domain error to its field, or to the whole form."""
        if isinstance(error, ManyErrors):
            for one in error.errors:
                self.add_error(one)
            return
        text = gettext(error.message, **error.params)
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(text)
        else:
            field.errors = [*field.errors, text]


NO_NUMBER = "Not a valid decimal value."  # a text of WTForms, which has the translations


class FiniteField(DecimalField):
    """A decimal number of ordinary size: “NaN”, “Infinity” and “1E+999999” are none."""

    BIGGEST = 10**9
    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Raises ValueError, with the words for what is no number at all, and leaves ``data`` empty."""
        super().process_formdata(valuelist)
        if self.data is not None and not (self.data.is_finite() and abs(self.data) < self.BIGGEST):
            self.data = None
            raise ValueError(self.invalid_value_message or self.gettext(NO_NUMBER))


def tried(form: BaseForm, act: Callable[[], Any]) -> Any:
    """The service's answer (or True), or None after attaching its refusal to the form. Not found stays not found."""
    try:
        return act() or True
    except NotFoundError:
        raise
    except DomainError as error:
        form.add_error(error)
        return None


class Required:
    """Validator with our own, actionable message: says what to enter."""

    field_flags = {"required": True}

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, form: Any, field: Field) -> None:
        if field.data is None or (isinstance(field.data, str) and not field.data.strip()):
            raise ValidationError(str(self.message))
