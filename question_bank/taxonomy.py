"""The closed lists of the bank: topics with their sub-topics, bands, difficulty, tags and misconceptions.

Codes are for ever (they are file names and stored values); the Chinese names may be improved.
"""

from dataclasses import dataclass

from question_bank.model import GradeBand, ItemKind


@dataclass(frozen=True)
class Topic:
    """One of the eight content areas; `subtopics` maps the file name to its Chinese name, in reading order."""

    code: str
    name: str
    subtopics: dict[str, str]


TOPICS: dict[str, Topic] = {
    topic.code: topic
    for topic in (
        Topic(
            "policy",
            "禁毒方针政策",
            {
                "principles": "方针与机制",
                "social-responsibility": "社会各方责任",
                "school-education": "学校毒品预防教育",
                "qinghai-work": "青海禁毒工作机制",
                "days-and-symbols": "节点与标识",
            },
        ),
        Topic(
            "law",
            "法律法规",
            {
                "definition": "毒品的法律定义",
                "crimes": "毒品犯罪",
                "public-security": "治安管理",
                "minors": "未成年人保护与分级干预",
                "controlled-medicines": "麻精药品与易制毒化学品",
                "places-and-driving": "场所、驾驶、寄递与网络",
                "qinghai-regulation": "青海省禁毒条例",
            },
        ),
        Topic(
            "history",
            "禁毒历史",
            {
                "opium-humen": "鸦片与虎门销烟",
                "conventions": "万国禁烟会与国际公约",
                "new-china": "新中国禁毒",
                "modern-legislation": "当代立法",
                "international-day": "国际禁毒日",
            },
        ),
        Topic(
            "knowledge",
            "毒品常识",
            {
                "medicine-or-drug": "药品与毒品",
                "classification": "毒品分类",
                "plants": "毒品原植物",
                "common-drugs": "常见毒品",
                "disguises": "伪装与新精神活性物质",
                "scheduling": "列管",
                "borderline": "笑气、电子烟等边界物质",
            },
        ),
        Topic(
            "harm",
            "毒品危害",
            {
                "addiction": "成瘾是怎么回事",
                "body": "对身体的危害",
                "mind-and-learning": "对心理与学习的危害",
                "family-society": "对家庭与社会的危害",
                "disease": "疾病传播",
                "drug-driving": "毒驾",
            },
        ),
        Topic(
            "recovery",
            "戒毒康复",
            {
                "measures": "戒毒措施",
                "procedure": "期限与程序",
                "rights": "权利与不歧视",
                "maintenance": "药物维持治疗",
                "support": "帮扶",
            },
        ),
        Topic(
            "refusal",
            "防毒拒毒技巧",
            {
                "awareness": "识别与警惕",
                "saying-no": "学会拒绝",
                "peer-pressure": "同伴压力",
                "online-and-jobs": "网络与兼职陷阱",
                "medicine-safety": "用药安全",
                "help-and-reporting": "求助与举报",
                "self-regulation": "自我调节",
            },
        ),
        Topic(
            "situation",
            "毒情形势与青海实践",
            {"national": "全国形势", "qinghai": "青海实践", "global": "全球形势"},
        ),
    )
}

BAND_NAMES: dict[GradeBand, str] = {
    GradeBand.PRIMARY: "小学高年级",
    GradeBand.JUNIOR: "初中",
    GradeBand.SENIOR: "高中与中职",
    GradeBand.ADULT: "大学与社会",
}

KIND_NAMES: dict[ItemKind, str] = {
    ItemKind.SINGLE: "单选题",
    ItemKind.MULTIPLE: "多选题",
    ItemKind.TRUE_FALSE: "判断题",
    ItemKind.SCENARIO: "情景题",
    ItemKind.ORDERING: "排序题",
    ItemKind.MATCHING: "配对题",
    ItemKind.BLANK: "填空题",
}

DIFFICULTY_NAMES: dict[int, str] = {1: "识记", 2: "理解", 3: "应用", 4: "综合辨析", 5: "易错法律细节"}

TAGS: tuple[str, ...] = ("青海", "农牧区", "网络", "烟酒电子烟", "家长", "教师", "民族语言", "时效")

AGEING_TAG = "时效"

MISCONCEPTIONS: dict[str, str] = {
    "first-time-safe": "第一次不会上瘾",
    "minors-exempt": "未成年人不用负责",
    "soft-drugs": "软毒品不算毒品",
    "sealed-is-fine": "封存就是没事",
    "friends-are-safe": "朋友给的没事",
    "willpower-quits": "意志强就能戒",
    "medicine-is-safe": "是药就安全",
    "not-my-business": "与我无关",
    "report-is-betrayal": "举报是出卖朋友",
    "legal-abroad": "国外合法就能用",
    "everyone-does": "大家都在用",
    "looks-harmless": "包装好看就没事",
    "relapse-is-failure": "复吸就没救了",
}

REVIEW_CHECKS: dict[str, str] = {"source": "已对照原文核对", "safety": "已对照禁区清单核对"}

CHOICE_IDS = "abcdefgh"
