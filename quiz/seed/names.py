"""Fictional names of pupils as they occur in Qinghai: Han, Tibetan, Hui, Tu, Salar and Mongolian, some with rare characters."""

import random

_SURNAMES = "王李张刘陈杨赵周吴徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾田董潘袁蔡蒋余于杜叶程苏魏吕丁任卢姚沈钟姜"
_GIVEN = [
    "子涵",
    "雨桐",
    "浩然",
    "欣怡",
    "宇轩",
    "梓萱",
    "俊杰",
    "思琪",
    "佳怡",
    "明哲",
    "雪",
    "芳",
    "磊",
    "静怡",
    "博文",
    "晓燕",
    "志强",
    "丽",
    "嘉豪",
    "诗涵",
    "天佑",
    "雅婷",
    "泽",
    "建华",
    "玉兰",
    "春梅",
    "海燕",
    "文博",
    "晨曦",
    "一诺",
    "若曦",
    "德海",
    "青",
    "措",
    "振宇",
    "㛃",
    "䶮",
    "𠮷",
]
_TIBETAN_FIRST = [
    "扎西",
    "卓玛",
    "才让",
    "索南",
    "央金",
    "次仁",
    "格桑",
    "拉毛",
    "多杰",
    "仁青",
    "德吉",
    "旦增",
    "尼玛",
    "桑吉",
    "完玛",
    "周措",
    "增太",
    "项欠",
    "久美",
    "华旦",
]
_TIBETAN_LAST = [
    "卓玛",
    "才让",
    "措",
    "多杰",
    "东周",
    "吉",
    "太",
    "加",
    "扎西",
    "尖措",
    "拉毛",
    "昂毛",
    "本",
    "杰",
    "文青",
    "南加",
]
_HUI_GIVEN = [
    "小龙",
    "玉梅",
    "成虎",
    "海萍",
    "福成",
    "秀兰",
    "国良",
    "志远",
    "英",
    "晓兰",
    "占元",
    "文秀",
    "学军",
    "丽娜",
]
_SALAR_GIVEN = ["索菲娅", "阿丹", "尤努斯", "麦尔彦", "伊布拉", "海迪彻"]
_MONGOLIAN = ["巴图", "其其格", "苏日娜", "格日勒", "萨仁", "乌云", "敖特根", "娜仁花", "孟和", "斯琴"]
_DOUBLE = ["欧阳", "司马", "尉迟", "东方"]


def name(rng: random.Random, prefecture: str) -> str:
    """A plausible name for a pupil of a prefecture (six-digit code)."""
    tibetan = 0.62 if prefecture in {"632300", "632500", "632600", "632700", "632200"} else 0.14
    roll = rng.random()
    if roll < tibetan:
        return _tibetan(rng)
    if roll < tibetan + 0.14:
        return f"{rng.choice('马韩冶喇祁鲁')}{rng.choice(_HUI_GIVEN)}"
    if roll < tibetan + 0.17:
        return f"韩·{rng.choice(_SALAR_GIVEN)}"
    if roll < tibetan + (0.24 if prefecture == "632800" else 0.19):
        return rng.choice(_MONGOLIAN)
    surname = rng.choice(_DOUBLE) if rng.random() < 0.02 else rng.choice(_SURNAMES)
    return f"{surname}{rng.choice(_GIVEN)}"


def _tibetan(rng: random.Random) -> str:
    first = rng.choice(_TIBETAN_FIRST)
    if rng.random() < 0.12:
        return first
    second = rng.choice([part for part in _TIBETAN_LAST if part != first])
    return f"{first}·{second}" if rng.random() < 0.08 else f"{first}{second}"
