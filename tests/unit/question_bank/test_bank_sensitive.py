"""Both sides of every safety rule: what must be caught, and the words of law and help that must pass."""

import pytest

from question_bank.checks_sensitive import PATTERNS, check_sensitive
from tests.unit.question_bank.examples import SINGLE, vary

CAUGHT = {
    "manufacture": [
        "制毒的步骤有三步",
        "怎样制造毒品",
        "它由某种植物提炼而成",
        "从罂粟中提取吗啡",
        "如何种植罂粟",
        "用到麻黄碱",
    ],
    "dose": ["每次吃两片", "致死量是多少", "起效很快", "纯度高的更贵", "和酒混着喝，混着吃", "有效剂量"],
    "weight": ["携带五十克", "缴获10克", "重2.5公斤", "数千吨", "200mg", "按克数量刑"],
    "money": ["罚款2000元", "一包三百元", "给你500块钱", "二千元以下罚款", "毒资很多", "多少钱一包"],
    "method": ["用冰壶吸", "静脉注射", "吸食方法", "吸了很爽", "产生快感"],
    "channel": ["在暗网下单", "哪里能买到", "加他的微信号", "群号：12", "拨 13800000000", "购买渠道"],
    "slang": ["飞叶子", "去埋包", "暗语是什么", "丢包"],
    "hiding": ["体内藏毒", "躲过安检的办法", "缝在夹层里", "逃避检测的技巧"],
    "detection-window": ["尿检窗口期", "三天内查得出", "能查出7天内的", "一周就测不出", "多久代谢完"],
    "stigma": ["瘾君子", "吸毒者都是坏人", "社会渣滓"],
    "fright": ["吸毒必死", "一日吸毒，终身想毒", "一口就上瘾", "家破人亡", "毁了一辈子"],
    "person": ["王某带着包裹", "明星吸毒被抓", "某某中学的李同学"],
    "self-harm": ["他想自杀"],
    "group": ["藏族容易吸毒", "外国人都贩毒", "牧民吸毒多"],
    "help-number": ["拨打12355", "打电话 120", "热线：12356"],
}

PASSED = [
    "走私、贩卖、运输、制造毒品罪",
    "走私、贩卖、运输、制造毒品，无论数量多少，都应当追究刑事责任",
    "禁止非法传授麻醉药品、精神药品的制造方法",
    "传授制造毒品的方法是违法的",
    "学校怎样防止制毒原料流入校园",
    "可以用于提炼加工毒品的原植物",
    "禁止非法种植罂粟",
    "易制毒化学品分为三类",
    "毒品数量按查证属实的计算，不以纯度折算",
    "凭执业医师处方按规定剂量销售",
    "遵医嘱用药，不自行加大剂量",
    "没有安全剂量",
    "第二条第一款",
    "克服困难，向前走",
    "元旦那天",
    "和家人一块读一读",
    "多元的校园活动",
    "共用针具会传播疾病",
    "提供毒品给他人是违法行为",
    "为贩毒的人藏毒品、藏赃物，可能构成犯罪",
    "陌生人说“加群，有好东西”",
    "国家规定管制的其他能够使人形成瘾癖的药品",
    "每半年检测一次",
    "自觉接受吸毒检测",
    "社区戒毒的期限为三年",
    "收到决定书十五日内报到",
    "吸毒人员和戒毒人员",
    "帮助戒毒人员戒除毒瘾",
    "某个周末，某位同学",
    "大通回族土族自治县禁毒办公室开展毒品预防教育",
    "藏汉双语开展禁毒宣传",
    "对全县客运驾驶员开展检测",
    "拨打110报警",
    "全省1138所学校",
    "1839年6月3日",
    "发现可疑包裹，报警",
    "一颗没见过的糖",
]


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in CAUGHT.items() for text in texts])
def test_it_catches(rule, text):
    problems = list(check_sensitive(vary(SINGLE, explanation=f"先离开。{text}。")))
    assert rule in {problem.rule for problem in problems}


@pytest.mark.parametrize("text", PASSED)
def test_it_leaves_law_and_help_alone(text):
    assert list(check_sensitive(vary(SINGLE, explanation=f"先离开。{text}。"))) == []


def test_every_rule_is_exercised():
    assert set(CAUGHT) == set(PATTERNS)


@pytest.mark.parametrize("part", ["stem", "choice", "reason"])
def test_it_reads_every_text_of_an_item(part):
    first = SINGLE.choices[0]
    changed = {
        "stem": vary(SINGLE, stem="他是瘾君子"),
        "choice": vary(SINGLE, choices=(vary(first, text="瘾君子"), *SINGLE.choices[1:])),
        "reason": vary(SINGLE, choices=(vary(first, reason="瘾君子"), *SINGLE.choices[1:])),
    }[part]
    assert [problem.rule for problem in check_sensitive(changed)] == ["stigma"]
