"""What never stands in an item: anything that teaches misuse, frightens, brands people or points at someone.

Patterns are written against what an author might let slip, and leave the words of the law alone: 制造毒品罪,
提供毒品, 共用针具 or 不以纯度折算 must pass. `tests/unit/question_bank/test_sensitive.py` holds both sides.
"""

import re
from collections.abc import Iterator

from question_bank.model import Item
from question_bank.problem import Problem, about
from question_bank.text import all_texts

_N = r"[\d.,〇零一二三四五六七八九十百千万亿两半几数]+\s*"

# rule -> (pattern, remedy)
PATTERNS: dict[str, tuple[re.Pattern[str], str]] = {
    "manufacture": (
        re.compile(
            r"(?<!传授)(?<!发布)(?<!传授、)(制毒|制造毒品|提炼|合成)的?(方法|配方|工艺|流程|步骤|过程)"
            r"|(怎么|怎样|如何)(?!防|识别|举报|处理|应对|对待|打击|避免|杜绝|惩|管)[^，。；？]{0,4}(制毒|制造毒品|提炼|种植(罂粟|大麻|古柯))"
            r"|[从由][^，。；？]{1,10}(提炼|提取|提纯|萃取|合成(?!语音|照片|图片|视频))"
            r"|蒸馏|萃取|提纯|反应釜|麻黄[碱素]|醋酸酐|高锰酸钾|羟亚胺|苯基丙酮|邻酮"
        ),
        "不写制造、提炼的材料和过程。请删去这部分。",
    ),
    "dose": (
        re.compile(
            r"致死(剂?量)|起效|见效时间|中毒剂?量|有效剂量|(?<!没有)(?<!不存在)安全剂量|最大剂量|纯度(高|低|达|为|约|越)"
            rf"|(每次|每天|每日|一天|一次性?|顿)[^，。；？]{{0,4}}{_N}(片|粒|颗|毫升|针|毫克|支)|混(着|合)(吃|服|吸|用)"
        ),
        "不写剂量、起效时间、纯度和混用。请改成“遵医嘱”。",
    ),
    "weight": (
        re.compile(rf"{_N}(多|余)?(毫克|微克|千克|公斤|市斤|克(?!服|制|拉|隆|里|扎)|吨|斤|mg|kg|g(?![A-Za-z]))|克数"),
        "不写重量。请删去数量，改问道理。",
    ),
    "money": (
        re.compile(rf"{_N}(多|余)?(元(?!旦|宵|素)|块钱|万元|美元|毛钱)|毒资|零售价|市价|什么价|多少钱[一才能]"),
        "不写价格、罚款或报酬的数目。请改成“高薪”“一笔钱”。",
    ),
    "method": (
        re.compile(
            r"冰壶|锡纸|烫吸|鼻吸|鼻嗅|烟枪|静脉注射|肌肉注射|吸食的?(方法|方式|工具|步骤)|注射的?(方法|方式|步骤)|溜冰毒|卷成烟"
            r"|飘飘欲仙|欣快|快感|(很|超|特别|好|真|更)爽|嗨起来|(?<![a-z])high(?![a-z])"
        ),
        "不写吸食注射的方法、器具和感受。请删去。",
    ),
    "channel": (
        re.compile(
            r"暗网|群号[是为：:]|货源|购买渠道|进货|(哪里|哪儿|在哪)(能|可以|可)?(买|弄|搞)(到|得到)?|微信号|QQ号|(?<![a-z])telegram|电报群|(?<!\d)\d{7,}",
            re.IGNORECASE,
        ),
        "不写购买渠道和联络方式。请改成“陌生人”“网上”。",
    ),
    "slang": (
        re.compile(
            r"飞叶子|溜果子|溜冰(?!场|鞋)|打K|嗑K|冰妹|猪肉佬|埋雷|埋包|丢包|(暗语|黑话|暗号)(是|有|包括|指|如)"
        ),
        "不写交易暗语。请改成“陌生人让你到某处取放小包裹”。",
    ),
    "hiding": (
        re.compile(
            r"(体内|人体|随身|行李)藏毒|藏毒的?(方法|地点|技巧|位置)|夹层|冲进?马桶|(逃避|躲避|躲过|骗过|应付)[^，。；？]{0,4}(检查|检测|尿检|安检)的?(办法|方法|技巧|窍门)"
        ),
        "不写藏匿和逃避检查的办法。请删去。",
    ),
    "detection-window": (
        re.compile(
            r"窗口期|检测窗口|代谢(完|掉|干净)|排出体外|留存时间"
            rf"|[查测验检](得出|得到|出来|出|到)[^。；？]{{0,8}}{_N}(天|日|小时|个月|周)(内|前|后|以内)?"
            rf"|{_N}(天|日|小时|个月|周)[^。；？，]{{0,4}}(还|就|仍|都)?能?[查测验检](不出|得出|出|到|不到)"
        ),
        "不写能查出的天数。请改成“依法接受检测”。",
    ),
    "stigma": (
        re.compile(
            r"瘾君子|毒鬼|粉仔|道友|毒虫|吸毒者|吸毒鬼|吸毒佬|吸毒分子|大烟鬼|人渣|渣滓|败类|废人|钉子逃犯|坏人堆"
        ),
        "用词要尊重人。请写“吸毒人员”“戒毒人员”。",
    ),
    "fright": (
        re.compile(
            r"必死|死路一条|一[日朝次]吸毒[，、]?终[身生]|终[身生]想毒|一[次口]就(会|能)?(上瘾|成瘾|毁|完)|人不人[，、]?鬼不鬼|白骨|骷髅|家破人亡|行尸走肉|妻离子散"
            r"|毁了?(你|他)?(的)?一(生|辈子)|一辈子(都)?(毁|完)了"
        ),
        "不恐吓。请平实地说后果，并说可以怎样求助。",
    ),
    "person": (
        re.compile(
            r"(?<![\u4e00-\u9fff])[赵钱孙李周吴郑王冯陈杨朱秦许何张孔曹金魏姜谢邹章苏潘范彭马方任袁柳史唐薛贺罗郝安常于傅余顾孟黄萧姚汪毛狄成宋庞熊董梁杜江郭林钟徐高夏蔡田胡霍万卢丁邓洪崔龚程陆段侯武刘龙叶白赖乔谭温廖曾关游桂禹]某(?!些|个|种|处|地|天|次)"
            r"|某某|(明星|艺人|歌手|演员)[^，。；？]{0,6}(吸毒|涉毒)"
        ),
        "不写可识别的真实案例。请改成虚构的同学或“一位朋友”。",
    ),
    "self-harm": (re.compile(r"自杀|自残|轻生|割腕|跳楼"), "不写自伤情节。请换情境。"),
    "group": (
        re.compile(
            r"(藏|回|维吾尔|蒙古|撒拉|土|彝|哈萨克|少数民)族(?!自治)[^，。；？]{0,8}(吸毒|贩毒|毒贩|涉毒)"
            r"|(外国人|黑人|外地人|农民工|牧民)[^，。；？]{0,6}(吸毒|贩毒|毒贩|涉毒)"
        ),
        "不把毒品和民族、地区、职业、国籍连在一起。请改写。",
    ),
    "help-number": (
        re.compile(r"(拨打|热线|电话|呼叫|打|拨)(电话|求助电话|报警电话)?[：:是为“\s]*(?!110)\d{3,}"),
        "求助电话只写 110。其他求助请写家长、老师、心理老师、医院。",
    ),
}


def check_sensitive(item: Item) -> Iterator[Problem]:
    """One problem per rule that the item's words break, with the words found."""
    text = "\n".join(all_texts(item))
    for rule, (pattern, remedy) in PATTERNS.items():
        if found := pattern.search(text):
            yield about(item, rule, f"“{found[0].strip()}”：{remedy}")


CHECKS = (check_sensitive,)
