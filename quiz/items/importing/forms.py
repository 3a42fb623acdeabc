"""The upload or pasted text, what holds for all of it, and the confirmation."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.validators import Length

from question_bank.formats.registry import FORMATS
from quiz.items.editing.forms import CheckboxList, places
from quiz.items.importing.reading import Defaults
from quiz.items.labels import BAND_LABELS, DIFFICULTY_LABELS
from quiz.web.forms import BaseForm, options

ACCEPT = ".docx,.xlsx,.xls,.csv,.txt,.xml,.zip,.json,.gift"
PASTED = "粘贴的题目.txt"
#: How a text must look to be read; its labels are Chinese in every language of the page.
SAMPLE = """1. 有人递来没见过的糖。哪种做法合适？（　）
A. 先尝一小口
B. 不接，告诉家长
答案：B
解析：不接，告诉家长。"""


class ImportForm(BaseForm):
    """One file, or text pasted from Word."""

    file = FileField(
        _l("题目文件"),
        description=_l("Word、Excel、文本、Moodle XML、GIFT、QTI、Aiken 或本系统的 JSON，最大 10 MB"),
        render_kw={"accept": ACCEPT},
    )
    text = TextAreaField(
        _l("或者粘贴题目"), description=_l("从 Word 里复制过来即可，题号、选项、答案照原样。"),
        validators=[Length(max=400_000, message=_l("文字太多了，请存成文件上传。"))], render_kw={"rows": 6},
    )  # fmt: skip
    format = SelectField(_l("格式"), validate_choice=False)
    place = SelectField(_l("主题"), description=_l("文件里没有写主题的题目，用这个。"), validate_choice=False)
    bands = CheckboxList(_l("年级段"), choices=options(BAND_LABELS), validate_choice=False)
    difficulty = SelectField(_l("难度"), choices=options(DIFFICULTY_LABELS, _l("不写")), validate_choice=False)
    source = TextAreaField(
        _l("出处"), description=_l("文件里没有写出处的题目，用这些；每行一个编号。"), render_kw={"rows": 2}
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        readable = {one.code: one.name for one in FORMATS.values() if one.read is not None}
        self.format.choices = options(readable, _l("自动识别"))
        self.place.choices = places()

    def code(self) -> str:
        """The format that was chosen; empty for automatic."""
        return str(self.format.data) if self.format.data in FORMATS else ""

    def upload(self) -> tuple[str, bytes]:
        """(name, content) of the file, or of what was pasted."""
        if self.file.data:
            return self.file.data.filename or "", self.file.data.read()
        return PASTED, (self.text.data or "").encode()

    def defaults(self) -> Defaults:
        """What holds where the file says nothing."""
        topic, _, subtopic = (self.place.data or "").partition("/")
        known = (self.place.data or "") in {choice.value for choice in self.place.choices or ()}
        return Defaults(
            topic=topic if known else "",
            subtopic=subtopic if known else "",
            bands=tuple(band for band in BAND_LABELS if band in (self.bands.data or ())),
            difficulty=int(self.difficulty.data) if self.difficulty.data in set("12345") else 0,
            sources=tuple(line.strip() for line in (self.source.data or "").splitlines() if line.strip()),
        )


class ConfirmForm(BaseForm):
    """Whether questions that are nearly the same as ones in the bank are left out."""

    skip_same = BooleanField(_l("跳过和题库几乎一样的题目"))
