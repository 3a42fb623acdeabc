"""Guards to switch off, one at a time, and the tests that must turn red then.

Each edit is a regular expression that must be found exactly as often as said; a pattern that is no longer found fails
with the guard's name: the code has moved on, and this list must follow. Where the product guards something twice (once
to answer, once in the statement), the mutant switches both off: the guard is what is tested, not a line.
"""

from typing import NamedTuple

ANSWERS = "quiz/attempts/services/answers.py"
CLOSING = "quiz/attempts/services/closing.py"
START = "quiz/attempts/services/start.py"
MODELS = "quiz/attempts/models.py"
RULES = "quiz/attempts/rules.py"

SAVE = "tests/integration/attempts/test_attempt_save.py"
RACES = "tests/integration/attempts/test_attempt_races.py"
STARTS = "tests/integration/attempts/test_attempt_start.py"
KEYS = "tests/integration/attempts/test_keys_and_more_time.py"
LIMITS = "tests/faults/test_limits.py"


class Edit(NamedTuple):
    """Replace ``pattern`` (multi-line, found ``times``) in a file."""

    file: str
    pattern: str
    replacement: str
    times: int = 1


class Mutant(NamedTuple):
    """A guard by name, how it is switched off, which tests must fail, on which database."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    database: str = "sqlite"


MUTANTS = (
    Mutant(
        "deadline of an answer",
        (Edit(ANSWERS, r"^        _checked\(Attempt\.deadline_at\) >= sa\.bindparam\(\"open_until\"\),\n", ""),),
        (f"{SAVE}::test_only_answers_before_deadline_and_grace_are_saved",),
    ),
    Mutant(
        "grace for requests in flight",
        (Edit(ANSWERS, r"now - timedelta\(seconds=outline\.grace_seconds\)", "now"),),
        (f"{SAVE}::test_only_answers_before_deadline_and_grace_are_saved",),
    ),
    Mutant(
        "owner of an attempt",
        (
            Edit("quiz/attempts/outlines.py", r"found is not None and found\.user_id == user_id else", "found is not None else"),
            Edit(ANSWERS, r"^        _checked\(Attempt\.user_id\) == sa\.bindparam\(\"owner_id\"\),\n", ""),
        ),
        (f"{SAVE}::test_the_attempt_of_another_is_not_found",),
    ),
    Mutant(
        "a login that is alive",
        (
            Edit(ANSWERS, r"if not attempt\.alive:", "if False:"),
            Edit(ANSWERS, r"^        \*_IS_ALIVE,\n", ""),
        ),
        (f"{SAVE}::test_an_ended_session_saves_nothing",),
    ),
    Mutant(
        "only an open attempt takes answers",
        (Edit(ANSWERS, r"^        _checked\(Attempt\.status\) == AttemptStatus\.IN_PROGRESS,\n", ""),),
        (f"{SAVE}::test_a_closed_attempt_takes_no_answer",),
    ),
    Mutant(
        "each number once per attempt",
        (Edit(MODELS, r"sa\.UniqueConstraint\(\"attempt_id\", \"seq\"\),", ""),),
        (f"{SAVE}::test_a_number_used_for_another_answer_is_stale", f"{LIMITS}::test_the_database_itself_refuses"),
    ),
    Mutant(
        "no older answer over a later one",
        (Edit(ANSWERS, r"^        _so_far\.c\.highest_here < _seq,\n", ""),),
        (f"{SAVE}::test_a_lower_number_does_not_overwrite_a_higher_one",),
    ),
    Mutant(
        "the first reply for ever",
        (Edit(ANSWERS, r"if stored is not None and stored\.position == position", "if False and stored.position == position"),),
        (f"{SAVE}::test_a_replay_gets_the_first_reply_for_ever",),
    ),
    Mutant(
        "a number stands for one answer only",
        (Edit(ANSWERS, r" and stored\.choices == answer:", ":"),),
        (f"{SAVE}::test_a_number_used_for_another_answer_is_stale",),
    ),
    Mutant(
        "rows of a log are numbered without a gap",
        (Edit(MODELS, r"sa\.UniqueConstraint\(\"attempt_id\", \"number\"\),", ""),),
        (f"{LIMITS}::test_the_database_itself_refuses",),
    ),
    Mutant(
        "the lane asks for the token",
        (Edit("quiz/web/lane.py", r"if token is None or not hmac\.compare_digest\(token, signed_in\.csrf\):", "if False:"),),
        ("tests/integration/attempts/test_lane.py::test_what_is_not_plain_goes_to_the_application",),
    ),
    Mutant(
        "the lane asks whether the sign-in stands",
        (Edit("quiz/attempts/lane/page.py", r"^            ALIVE,\n", ""),),
        ("tests/integration/attempts/test_lane.py::test_a_stranger_and_an_ended_sign_in_get_nothing",),
    ),
    Mutant(
        "the lane starts what the sitting says now",
        (
            Edit(START, r"^            Sitting\.duration_seconds == sa\.bindparam\(\"duration_seconds\"\),\n", ""),
        ),
        ("tests/integration/contests/test_start_lane.py::test_what_staff_changed_a_moment_ago_counts",),
    ),
    Mutant(
        "the lane marks nothing that is late",
        (Edit("quiz/attempts/lane/submitting.py", r"if rules\.is_late\(moment\(deadline_at\), grace, asked\.now\):", "if False:"),),
        ("tests/integration/attempts/test_lane.py::test_handing_in_late_is_the_applications",),
    ),
    Mutant(
        "pupils see an allow-list of an item",
        (
            Edit(
                "question_bank/kinds/base.py",
                r"\{\"id\": choice_id, \"text\": item\.choice\(choice_id\)\.text\} for",
                '{"id": choice_id, "text": item.choice(choice_id).text + str(item.choice(choice_id).misconception or "")} for',
            ),
        ),
        ("tests/integration/web/test_key_canary.py",),
    ),
    Mutant(
        "results wait for their release",
        (Edit(RULES, r"return None if released_at is None else max\(closed_at, released_at\)", "return closed_at"),),
        ("tests/integration/attempts/test_result_page.py::test_a_result_kept_back_shows_no_score",),
    ),
    Mutant(
        "keys wait while others answer",
        (Edit(RULES, r"return max\(since, answering_until\)", "return since"),),
        (f"{KEYS}::test_the_review_opens_when_the_last_attempt_is_over",),
    ),
    Mutant(
        "staff release no keys while somebody answers",
        (Edit("quiz/attempts/services/policy.py", r"if what == \"keys\" and _is_answered\(", 'if False and _is_answered('),),
        (f"{KEYS}::test_staff_cannot_release_keys_while_somebody_answers",),
    ),
    Mutant(
        "as many attempts as allowed",
        (Edit(START, r"^            used < Sitting\.attempts_allowed,\n", ""),),
        (f"{STARTS}::test_no_more_attempts_than_allowed",),
    ),
    Mutant(
        "one open attempt in the database",
        (Edit(MODELS, r"\"uq_attempt_open\",\s*\"sitting_id\",\s*\"user_id\",\s*unique=True,", '"uq_attempt_open", "sitting_id", "user_id",'),),
        (f"{LIMITS}::test_the_database_itself_refuses",),
    ),
    Mutant(
        "the window at the start",
        (
            Edit(START, r"^    _demand_open\(sitting, now\)\n", ""),
            Edit(START, r"^            Sitting\.(opens_at <= now|closes_at > now|cancelled_at\.is_\(None\)),\n", "", 3),
        ),
        (f"{STARTS}::test_a_sitting_that_is_not_open_starts_nothing",),
    ),
    Mutant(
        "the token against foreign forms",
        (Edit("quiz/config.py", r"\"WTF_CSRF_TIME_LIMIT\": None,", '"WTF_CSRF_TIME_LIMIT": None, "WTF_CSRF_CHECK_DEFAULT": False,'),),
        ("tests/integration/attempts/test_answering_page.py::test_saving_needs_the_csrf_token",),
    ),
    Mutant(
        "who may call a route",
        (Edit("quiz/accounts/identity.py", r"if not allows\(rule\):", "if False:"),),
        ("tests/integration/regions/test_region_pages.py",),
    ),
    Mutant(
        "names on public boards are masked",
        (Edit("quiz/accounts/rules.py", r"    name = name\.strip\(\)\n    if \"·\"", '    return name\n    if "·"'),),
        ("tests/integration/rankings/test_public_board.py::test_it_never_holds_a_full_name_a_number_or_the_lower_half",),
    ),
    Mutant(
        "an attempt is held while it is closed",
        (Edit(CLOSING, r"sa\.bindparam\(\"owner_id\"\)\)\s*\.with_for_update\(of=Attempt, key_share=True\)", 'sa.bindparam("owner_id"))'),),
        (f"{LIMITS}::test_a_hand_in_waits_for_an_answer_under_way",),
        "postgresql",
    ),
    Mutant(
        "closed once",
        (
            Edit(CLOSING, r"if row\.status == AttemptStatus\.IN_PROGRESS:", "if True:"),
            Edit(CLOSING, r"Attempt\.id == row\.id, Attempt\.status == AttemptStatus\.IN_PROGRESS\)", "Attempt.id == row.id)"),
        ),
        (f"{RACES}::test_fifty_submits_give_one_score",),
    ),
    Mutant(
        "many wishes for a tally are one job",
        (Edit(CLOSING, r", key=f\"tally:\{sitting_id\}\"\)", ")"),),
        (f"{LIMITS}::test_many_who_hand_in_wish_for_one_tally",),
    ),
    Mutant(
        "the sweeper waits for the grace",
        (Edit(CLOSING, r"if rules\.is_late\(row\.deadline_at, row\.grace_seconds, now - rules\.SWEEP_MARGIN\)", "if True"),),
        ("tests/integration/attempts/test_attempt_deadline.py::test_the_sweeper_waits_for_the_grace_and_then_marks_what_was_saved",),
    ),
    Mutant(
        "writers queue on SQLite",
        (Edit("quiz/db.py", r"\"BEGIN IMMEDIATE\" if write_intent\.get\(\) else \"BEGIN\"", '"BEGIN"'),),
        (f"{LIMITS}::test_a_hand_in_waits_for_an_answer_under_way", RACES),
    ),
    Mutant(
        "SQLite waits for the disk",
        (Edit("quiz/db.py", r"PRAGMA synchronous=FULL", "PRAGMA synchronous=NORMAL"),),
        ("tests/faults/test_disk.py",),
    ),
    Mutant(
        "a database that is away is told as 503",
        (Edit("quiz/web/errors.py", r"return getattr\(driver, .*_SQLITE_UNAVAILABLE", "return False"),),
        ("tests/faults/test_unavailable.py::test_a_full_disk_saves_nothing_and_says_so",),
    ),
)  # fmt: skip
