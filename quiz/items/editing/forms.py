"""The editor's form, and the forms of the steps. Which rows a form has follows the item's kind."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from question_bank.kinds.true_false import CHOICES
from question_bank.model import ChoiceGrade, GradeBand, Item, ItemKind
from question_bank.taxonomy import MISCONCEPTIONS, TOPICS
from quiz.items.editing import content
from quiz.items.editing.rules import MOST_COMMENT
from quiz.items.labels import (
    BAND_LABELS,
    DIFFICULTY_LABELS,
    GRADE_LABELS,
    MISCONCEPTION_LABELS,
    TAG_LABELS,
    TOPIC_LABELS,
)
from quiz.web.forms import BaseForm, Required, RowForm, in_one_line, options
from quiz.web.guard import as_id

LONGEST = Length(max=2000, message=_l("最多 2000 字。"))
SHORT = Length(max=300, message=_l("最多 300 字。"))
VERDICTS = {"a": _l("正确"), "b": _l("错误")}
FEWEST_ROWS, MOST_ROWS = 4, 8
#: Which of the form's fields belong to which kinds.
KIND_FIELDS: dict[str, frozenset[ItemKind]] = {
    "rows": frozenset({ItemKind.SINGLE, ItemKind.MULTIPLE, ItemKind.SCENARIO}),
    "verdict": frozenset({ItemKind.TRUE_FALSE}),
    "steps": frozenset({ItemKind.ORDERING}),
    "pairs": frozenset({ItemKind.MATCHING}),
    "extra": frozenset({ItemKind.MATCHING}),
    "blanks": frozenset({ItemKind.BLANK}),
}


def places() -> list[SelectChoice]:
    """Topics with their sub-topics, as groups of one list."""
    return [
        SelectChoice("", "—"),
        *(
            SelectChoice(f"{topic.code}/{slug}", name, optgroup=str(TOPIC_LABELS[topic.code]))
            for topic in TOPICS.values()
            for slug, name in topic.subtopics.items()
        ),
    ]


def _seen(revision: str | None) -> int:
    """Which revision a page showed; -1, which fits none, for nonsense."""
    try:
        return as_id(revision or "")
    except ValueError:
        return -1


class CheckboxList(SelectMultipleField):
    """Several of a short list, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ChoiceRow(RowForm):
    """One choice."""

    text = StringField(_l("选项"), validators=[SHORT])
    is_key = BooleanField(_l("正确"))
    misconception = SelectField(
        _l("误区"), choices=options(MISCONCEPTION_LABELS, _l("不是误区")), validate_choice=False
    )
    grade = SelectField(_l("等级"), choices=options(GRADE_LABELS, _l("选等级")), validate_choice=False)
    reason = StringField(_l("理由"), validators=[SHORT])


class PairRow(RowForm):
    """What belongs together."""

    left = StringField(_l("左边"), validators=[SHORT])
    right = StringField(_l("右边"), validators=[SHORT])


class DraftForm(BaseForm):
    """Everything of an item; the rows that its kind does not have are removed."""

    place = SelectField(_l("主题"), validate_choice=False)
    stem = TextAreaField(_l("题干"), validators=[LONGEST], render_kw={"rows": 3})
    rows = FieldList(FormField(ChoiceRow), min_entries=FEWEST_ROWS, max_entries=MOST_ROWS)
    verdict = RadioField(_l("这句话"), choices=options(VERDICTS), validate_choice=False)
    steps = FieldList(
        StringField(_l("步骤"), filters=[in_one_line], validators=[SHORT]),
        min_entries=FEWEST_ROWS,
        max_entries=MOST_ROWS,
    )
    pairs = FieldList(FormField(PairRow), min_entries=FEWEST_ROWS, max_entries=MOST_ROWS)
    extra = FieldList(
        StringField(_l("多出的右项"), filters=[in_one_line], validators=[SHORT]), min_entries=2, max_entries=4
    )
    blanks = FieldList(StringField(_l("答案"), filters=[in_one_line], validators=[SHORT]), min_entries=3, max_entries=3)
    explanation = TextAreaField(
        _l("解析"), description=_l("第一句先说怎么做，再说为什么。"), validators=[LONGEST], render_kw={"rows": 3}
    )
    bands = CheckboxList(_l("年级段"), choices=options(BAND_LABELS), validate_choice=False)
    difficulty = SelectField(_l("难度"), choices=options(DIFFICULTY_LABELS), validate_choice=False)
    sources = TextAreaField(
        _l("出处"), description=_l("每行一个编号，如 law:drug-control:art-62:para-1"), validators=[LONGEST],
        render_kw={"rows": 3, "spellcheck": "false"},
    )  # fmt: skip
    tags = CheckboxList(_l("标签"), choices=options(TAG_LABELS), validate_choice=False)
    valid_from = DateField(_l("从哪天起能用"), validators=[Optional()])
    valid_to = DateField(_l("到哪天为止"), validators=[Optional()])
    review_due = DateField(_l("哪天前要复核"), validators=[Optional()])
    revision = HiddenField()

    def __init__(self, item: Item, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.item = item
        self.place.choices = places()
        for name, kinds in KIND_FIELDS.items():
            if item.kind not in kinds:
                delattr(self, name)
        self._offer_a_free_row()

    def _offer_a_free_row(self) -> None:
        """Always one empty row at the end, as far as rows go."""
        for name in ("rows", "steps", "pairs"):
            rows = self._fields.get(name)
            if rows is not None and len(rows) < MOST_ROWS and _is_filled(rows[-1]):
                rows.append_entry()

    @classmethod
    def of(cls, item: Item, revision: int) -> "DraftForm":
        """The form of a draft as it is stored."""
        return cls(item, formdata=None, data=_values(item), revision=str(revision))

    @property
    def seen_revision(self) -> int:
        """Which revision the author saw; -1, which fits none, for nonsense."""
        return _seen(self.revision.data)

    def content(self) -> Item:
        """The item that the fields describe."""
        topic, _, subtopic = (self.place.data or "").partition("/")
        known = topic in TOPICS and subtopic in TOPICS[topic].subtopics
        plain = replace(
            self.item,
            topic=topic if known else "",
            subtopic=subtopic if known else "",
            stem=self.stem.data or "",
            explanation=self.explanation.data or "",
            bands=tuple(band for band in GradeBand if band in (self.bands.data or ())),
            difficulty=int(self.difficulty.data) if self.difficulty.data in set("12345") else 0,
            sources=tuple(line.strip() for line in (self.sources.data or "").splitlines() if line.strip()),
            tags=tuple(tag for tag in TAG_LABELS if tag in (self.tags.data or ())),
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
            review_due=self.review_due.data,
        )
        return self._with_rows(plain)

    def _with_rows(self, item: Item) -> Item:
        if item.kind is ItemKind.TRUE_FALSE:
            is_given = self.verdict.data in {choice.id for choice in CHOICES}
            return replace(item, choices=CHOICES, answer_key=(self.verdict.data,) if is_given else ())
        if item.kind is ItemKind.ORDERING:
            return content.with_steps(item, [text or "" for text in self.steps.data])
        if item.kind is ItemKind.MATCHING:
            pairs = [(pair["left"] or "", pair["right"] or "") for pair in self.pairs.data]
            return content.with_pairs(item, pairs, [text or "" for text in self.extra.data])
        if item.kind is ItemKind.BLANK:
            return content.with_blanks(item, [text or "" for text in self.blanks.data])
        return content.with_choices(item, [_clean(row) for row in self.rows.data])


def _clean(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose lists hold what they offer, whatever was sent."""
    return {
        "text": row["text"] or "",
        "is_key": bool(row["is_key"]),
        "misconception": row["misconception"] if row["misconception"] in MISCONCEPTIONS else "",
        "grade": row["grade"] if row["grade"] in set(ChoiceGrade) else "",
        "reason": row["reason"] or "",
    }


def _is_filled(entry: Any) -> bool:
    data = entry.data
    return any(data.get(name) for name in ("text", "left", "right")) if isinstance(data, dict) else bool(data)


def _values(item: Item) -> dict[str, Any]:
    """The fields of a stored item."""
    pairs, extra = content.pairs_of(item) if item.kind is ItemKind.MATCHING else ([], [])
    return {
        "place": f"{item.topic}/{item.subtopic}" if item.topic else "",
        "stem": item.stem,
        "rows": [
            {
                "text": choice.text, "is_key": choice.id in item.answer_key, "reason": choice.reason or "",
                "misconception": choice.misconception or "", "grade": str(choice.grade or ""),
            }
            for choice in item.choices
        ],
        "verdict": item.answer_key[0] if item.answer_key else None,
        "steps": content.steps_of(item) if item.kind is ItemKind.ORDERING else [],
        "pairs": [{"left": left, "right": right} for left, right in pairs],
        "extra": extra,
        "blanks": list(item.answer_key) if item.kind is ItemKind.BLANK else [],
        "explanation": item.explanation,
        "bands": [str(band) for band in item.bands],
        "difficulty": str(item.difficulty or ""),
        "sources": "\n".join(item.sources),
        "tags": list(item.tags),
        "valid_from": item.valid_from,
        "valid_to": item.valid_to,
        "review_due": item.review_due,
    }  # fmt: skip


class NewDraftForm(BaseForm):
    """Which kind of item to begin."""

    kind = RadioField(_l("题型"), validators=[Required(_l("请选一种题型。"))], validate_choice=False)


class StepForm(BaseForm):
    """One step of a draft, with the revision that was seen and a remark."""

    revision = HiddenField()
    comment = TextAreaField(
        _l("意见"), validators=[Length(max=MOST_COMMENT, message=_l("最多 1000 字。"))], render_kw={"rows": 3}
    )

    @property
    def seen_revision(self) -> int:
        """Which revision was seen."""
        return _seen(self.revision.data)


class CheckForm(StepForm):
    """A check: it counts only with the word that the reading was really done."""

    did_read = BooleanField(_l("我读了这道题的每一句话"))


class RetireForm(BaseForm):
    """Why an item is asked no more, or asked again."""

    reason = StringField(_l("原因"), validators=[SHORT])
