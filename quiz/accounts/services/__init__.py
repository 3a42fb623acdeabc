"""Writes of accounts: signing in and out, pupils and their slips, staff and their roles."""

from quiz.accounts.secrets import hash_secret, verify_secret
from quiz.accounts.services.pupils import IssuedSlip, create_pupil, issue_slips, reset_pin, revoke_slips
from quiz.accounts.services.setup import create_admin, make_setup_token, use_setup_token
from quiz.accounts.services.sign_in import sign_in_pupil, sign_in_slip, sign_in_staff, sign_out
from quiz.accounts.services.staff import (
    change_password,
    create_staff,
    give_role,
    reset_password,
    revoke_grant,
    set_active,
)

__all__ = [
    "IssuedSlip",
    "change_password",
    "create_admin",
    "create_pupil",
    "create_staff",
    "give_role",
    "hash_secret",
    "issue_slips",
    "make_setup_token",
    "reset_password",
    "reset_pin",
    "revoke_grant",
    "revoke_slips",
    "set_active",
    "sign_in_pupil",
    "sign_in_slip",
    "sign_in_staff",
    "sign_out",
    "use_setup_token",
    "verify_secret",
]
