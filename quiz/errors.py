"""Errors of the domain: a message id and its parameters, translated only at the edge."""

from typing import Any


def msgid(text: str) -> str:
    """Mark a text for collection that stands apart from the call that translates it."""
    return text


class DomainError(Exception):
    """A rule refused what was asked.

    ``message`` is a gettext msgid with named placeholders, ``params`` fills them, ``field`` names the form
    field it belongs to (if any) and ``status`` is the HTTP status of a page that shows nothing else.
    """

    status = 422

    def __init__(self, message: str, *, field: str | None = None, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.params = params

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class ManyErrors(DomainError):
    """Several things are wrong at once, so that they are put right in one go; says the first where only one fits."""

    def __init__(self, errors: "list[DomainError]") -> None:
        first = errors[0]
        super().__init__(first.message, field=first.field, **first.params)
        self.errors = errors


class NotFoundError(DomainError):
    """There is no such thing, or the actor may not know that there is (wrong owner = 404)."""

    status = 404


class ConflictError(DomainError):
    """The thing has changed meanwhile, or its state does not allow this step."""

    status = 409


class BusyError(DomainError):
    """A bounded resource is exhausted; trying again shortly helps."""

    status = 503
