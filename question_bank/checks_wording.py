"""Checks of how an item is written: explanation, choices, question form and fitness for primary pupils."""

import re
from collections.abc import Iterator

from question_bank.model import GradeBand, Item, ItemKind
from question_bank.problem import Problem, about
from question_bank.text import all_texts, dice, length, sentences, trigrams

MOST_STEM = 60
MOST_SENTENCE = 30
COPY_LIKENESS = 0.8
# The longest choice may have 1.6 times the characters of the shortest and six more.
LENGTH_RATIO, LENGTH_ALLOWANCE = 1.6, 6

# An explanation speaks to the pupil: its first sentence opens with an action or with the moment for it …
_OPENINGS = (
    "遇到|碰到|看到|看见|听到|发现|收到|拿到|捡到|接到|见到|走进|路过|坐车|出门|身边|同学|朋友|有人|别人|家里|家人|亲人|邻居|大家|我们|你"
    "|如果|要是|万一|当|想|要|先|请|把|向|跟|和|给|用|照|多|不|别|记|认|分清|读|看|查|问|找|说|讲|听|写|做|参加|加入|提|支持|尊重|关心|陪|帮|劝"
    "|鼓励|相信|保|爱护|珍惜|守|坚持|养成|选择|留|注意|关注|了解|主动|大胆|放|安心|尽快|马上|立即|立刻|及时|平时|心|难过|生病|买药|吃药|用药|服药"
    "|开车|上网|暂停|停|走|转身|避开|躲开|拿|带|收|交|退|删|拉黑|核对|比|试着|宣传|转告|分享|告诉|报告|拨打|打|报警|举报|求助|拒绝|离开|远离|警惕"
    "|理解|牢记|明白|知道|区分|辨|善待|欢迎|等|约|换|借|回到|抓住|利用|结合|遵|到|去|让|寄|建议|办|整理|引用|觉得|登录|路|画|唱|排|填|翻|扫|订|准备"
    "|制|定|列|数|猜|练|演|喝|吃|睡|动|运动|深呼吸|休息|慢|冷静|感|真|表|谢|叫|像|划|配合|认真|上课|下课|放学|身体|需要"
)
_OPENS_WITH_ACTION = re.compile(
    _OPENINGS + r"|对(?!未成年)|按(?!法|禁毒)|少(?!数)|只(?!有)|被(?!告)|学(?!校|生|者|龄|历|科|习是)"
    r"|每(天|次|个年级|年|周)|课[上间后]|有(疑|困|担|不懂|同学|事|压力|需要|这样|时间|机会|条件)"
    r"|在(网上|家|学校|外|路|群|车|商店|药店|班|地图|\d|这|每|宿舍|饭|聚会)|从(现在|今天|小|身边|第|正规|家)"
)
# … or carries one that cannot be mistaken, unless it begins as a recital of the law.
_CARRIES_ACTION = re.compile(
    r"^(?!国家|法律|法规|条例|刑法|禁毒法|《|因为|由于|这|该).*"
    r"(告诉|拨打|打110|报警|报告|举报|求助|拒绝|离开|远离|记住|提醒|问问|请教|交给|不要|别|可以先|你可以|我们可以|请|劝|陪"
    r"|找(家长|老师|医生|大人)|不(吃|喝|吸|碰|拿|试|接|信|传|转|买|帮))"
)
_CHOICE_LETTER = re.compile(
    r"[选答]案?(项|是|为)?\s*[A-Ha-h](?![A-Za-z])|(?<![A-Za-z])[A-H]\s*(选?项|、[A-H])|[（(][A-H][）)]"
    r"|(第[一二三四五]个?|前[一二两三]个?|后[一二两三]个?|最后一个|上面的?|上述)选项"
)
_ALL_OF_THEM = re.compile(
    r"(以上|上述|上面)[^，。]{0,4}(都|均|全|皆)|^(都|全部|全都)(对|不对|正确|不正确|错误?|是|不是)$"
)
_ARTICLE_NUMBER = re.compile(r"第几[章条款项]|(哪|那)一[章条款](?!件|消息)|第[（(＿_\s]+[）)＿_\s]*条")
_IS_ARTICLE = re.compile(r"^第[一二三四五六七八九十百零\d]+条")
_IS_YEAR = re.compile(r"^(公元)?\d{4}年")
_TOO_HARD = re.compile(
    "量刑|有期徒刑|无期徒刑|刑事责任|行政拘留|行政处罚|从轻|从重|阿片类|苯丙胺|合成大麻素|精神活性物质|依托咪酯|右美沙芬|羟基丁酸|麻醉药品|精神药品"
    "|易制毒|列管|戒断反应|耐受性|奖赏系统|药物维持治疗|强制隔离戒毒|诊断评估|玩忽职守|徇私舞弊|滥用职权|财政预算|流向追溯|责任倒查|责任追究|议定书"
)


def check_stem(item: Item) -> Iterator[Problem]:
    """There is a stem, and it does not ask for the number of an article."""
    if not item.stem.strip():
        yield about(item, "stem", "题干是空的。请写题干。")
    numbered = bool(item.choices) and all(_IS_ARTICLE.match(choice.text) for choice in item.choices)
    if _ARTICLE_NUMBER.search(item.stem) or numbered:
        yield about(item, "article-number", "不考条文序号。请改问这条规定的意思或做法。")


def check_choice_texts(item: Item) -> Iterator[Problem]:
    """No choice speaks about the other choices: they are shuffled."""
    if any(_ALL_OF_THEM.search(choice.text) for choice in item.choices):
        yield about(item, "all-of-the-above", "选项不写“以上都对”“以上都不对”。请换成具体的选项。")


def check_choice_lengths(item: Item) -> Iterator[Problem]:
    """Choices are about equally long, so that length gives nothing away."""
    if item.kind is ItemKind.MATCHING:
        return  # each row is its own question: names on the left may be short or long
    lengths = [length(choice.text) for choice in item.choices]
    if lengths and max(lengths) > LENGTH_RATIO * min(lengths) + LENGTH_ALLOWANCE:
        yield about(item, "choice-lengths", "选项长短差太多。请把长的缩短，或把短的写具体。")


def check_explanation(item: Item) -> Iterator[Problem]:
    """Present, action first, not the stem again, and without choice letters."""
    if not item.explanation.strip():
        yield about(item, "explanation", "没有解析。请写：先做什么，再说为什么。")
        return
    first = sentences(item.explanation)[0] if sentences(item.explanation) else ""
    if not (_OPENS_WITH_ACTION.match(first) or _CARRIES_ACTION.search(first)):
        yield about(item, "explanation-action", "解析第一句要告诉你做什么。请用动作开头，如“先离开，再告诉家长”。")
    if dice(trigrams(first), trigrams(item.stem)) >= COPY_LIKENESS:
        yield about(item, "explanation-copy", "解析第一句和题干几乎一样。请改写成可以做的事和理由。")


def check_letters(item: Item) -> Iterator[Problem]:
    """Explanations and reasons name no choice by letter or place, because every pupil sees another order."""
    reasons = [choice.reason or "" for choice in item.choices]
    if any(_CHOICE_LETTER.search(text) for text in [item.explanation, *reasons]):
        yield about(item, "choice-letters", "解析里不写选项字母或位置（选项会打乱）。请直接说做法。")


def check_primary(item: Item) -> Iterator[Problem]:
    """Short, simple and free of year quizzes when primary pupils may get the item."""
    if GradeBand.PRIMARY not in item.bands:
        return
    if length(item.stem) > MOST_STEM:
        yield about(item, "primary-length", f"小学题的题干最多 {MOST_STEM} 字。请缩短，或去掉小学段。")
    longest = max((part for text in all_texts(item) for part in sentences(text)), key=length, default="")
    if length(longest) > MOST_SENTENCE:
        yield about(item, "primary-sentence", f"小学题一句最多 {MOST_SENTENCE} 字：“{longest}”。请断成两句。")
    if hard := _TOO_HARD.search("\n".join(all_texts(item))):
        yield about(item, "primary-words", f"“{hard[0]}”对小学生太难。请换简单的说法，或去掉小学段。")
    if item.kind is ItemKind.SINGLE and all(_IS_YEAR.match(choice.text) for choice in item.choices):
        yield about(item, "primary-years", "小学题不考年份。请改问意义或做法，或去掉小学段。")


CHECKS = (check_stem, check_choice_texts, check_choice_lengths, check_explanation, check_letters, check_primary)
