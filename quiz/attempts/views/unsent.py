"""An answer sent without script after the sign-in had run out: kept in the cookie until it can be saved.

The pupil signs in, comes back to the item and finds the choice made, with the plain word that it is not saved yet.
"""

from dataclasses import dataclass

from flask import request, session, url_for

from quiz.attempts import forms

KEY = "pending_answer"  # one of the few things that signing in keeps (accounts/browser.py)


@dataclass(frozen=True)
class UnsentAnswer:
    """One answer that waits for its pupil; public id of the attempt, position and choices."""

    attempt: str
    position: int
    choices: tuple[str, ...]


def keep_unsent() -> str | None:
    """Keep the answer that this request sent; returns where to go after signing in, None if it was no answer."""
    try:
        sent = forms.from_form(request.form)
    except forms.UnreadableAnswerError:
        return None
    public_id = str((request.view_args or {})["public_id"])
    session[KEY] = {"attempt": public_id, "position": sent.position, "choices": list(sent.choices)}
    return url_for("attempts.show", public_id=public_id, _anchor=f"q-{sent.position}")


def unsent_answer(public_id: str) -> UnsentAnswer | None:
    """The kept answer of this attempt, if there is one."""
    kept = session.get(KEY)
    if not kept or kept["attempt"] != public_id:
        return None
    return UnsentAnswer(kept["attempt"], kept["position"], tuple(kept["choices"]))
