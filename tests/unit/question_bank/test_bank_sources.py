"""Citations: which lead somewhere, how they read, and why others are refused."""

import pytest

from question_bank.sources import BadCitation, article_name, chinese_number, load_sources


@pytest.fixture(scope="module")
def catalogue():
    return load_sources()


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "一"),
        (10, "十"),
        (15, "十五"),
        (20, "二十"),
        (62, "六十二"),
        (100, "一百"),
        (105, "一百零五"),
        (110, "一百一十"),
        (347, "三百四十七"),
    ],
)
def test_numbers_read_as_in_laws(number, text):
    assert chinese_number(number) == text


@pytest.mark.parametrize("number", [0, -1, 1000])
def test_numbers_out_of_range_are_refused(number):
    with pytest.raises(ValueError):
        chinese_number(number)


def test_inserted_articles_have_their_own_name():
    assert article_name("133-1") == "第一百三十三条之一"


@pytest.mark.parametrize(
    ("citation", "display"),
    [
        ("law:drug-control:art-4:para-2", "《中华人民共和国禁毒法》第四条第二款"),
        ("law:drug-control:art-71", "《中华人民共和国禁毒法》第七十一条"),
        ("law:criminal:art-347:para-1", "《中华人民共和国刑法》第三百四十七条第一款"),
        ("law:criminal:art-133-1", "《中华人民共和国刑法》第一百三十三条之一"),
        ("law:public-security:art-84:para-3", "《中华人民共和国治安管理处罚法》第八十四条第三款"),
        ("law:qinghai:art-6", "《青海省禁毒条例》第六条"),
        ("doc:000:q4", "《青海省禁毒条例》解读 第4问（青海省禁毒工作综述，2022年）"),
        ("doc:001", "《不断夺取禁毒人民战争新胜利——宁夏奋力推进禁毒工作转型升级提质增效》（宁夏，2023年）"),
        ("fact:FZ-03", "事实清单 FZ-03：禁毒是全社会的共同责任"),
    ],
)
def test_a_citation_reads_in_chinese(catalogue, citation, display):
    assert catalogue.resolve(citation).display == display


@pytest.mark.parametrize(
    ("citation", "reason"),
    [
        ("law:drug-control:art-72", "没有第七十二条"),
        ("law:drug-control:art-2:para-9", "没有第9款"),
        ("law:drug-control:art-2:para-0", "没有第0款"),
        ("law:qinghai:art-7", "没有第七条"),
        ("law:qinghai:art-2:para-1", "只写到条"),
        ("law:driving-licence:art-15", "已经修改"),
        ("law:criminal:art-350-1", "没有第三百五十条之一"),
        ("law:public-security-2012:art-72", "已被取代，请改引 public-security"),
        ("law:nowhere:art-1", "没有登记法规"),
        ("doc:000:q11", "没有第11问"),
        ("doc:000:q0", "没有第0问"),
        ("doc:001:q1", "没有第1问"),
        ("doc:009", "没有登记文件"),
        ("fact:FL-99", "没有登记事实"),
        ("fact:LS-03", "不能引用"),
        ("fact:LS-12", "不能引用"),
        ("law:drug-control", "写法不对"),
        ("law:drug-control:art-2 ", "写法不对"),
        ("", "写法不对"),
    ],
)
def test_a_citation_that_holds_nothing_is_refused_with_its_reason(catalogue, citation, reason):
    with pytest.raises(BadCitation, match=reason):
        catalogue.resolve(citation)


def test_every_fact_has_a_known_grade_and_a_short_text(catalogue):
    assert {fact["grade"] for fact in catalogue.facts.values()} <= {"法", "报", "A", "B", "C", "待核"}
    assert all(0 < len(fact["text"]) <= 40 for fact in catalogue.facts.values())


def test_every_paragraph_count_belongs_to_an_article_at_hand(catalogue):
    for slug, law in catalogue.laws.items():
        for article, count in law.get("paragraphs", {}).items():
            if law["status"] == "current":
                assert catalogue.resolve(f"law:{slug}:art-{article}:para-{count}")


def test_a_superseded_law_names_its_successor(catalogue):
    replaced = [law for law in catalogue.laws.values() if law["status"] == "superseded"]
    assert replaced and all(catalogue.laws[law["replaced_by"]]["status"] == "current" for law in replaced)
