"""A visitor without script on the live server: opens addresses, follows links and sends forms as pages offer them."""

from bs4 import BeautifulSoup, Tag
from playwright.sync_api import APIRequestContext, APIResponse

from tests.journeys.answers import choice_for
from tests.journeys.reckoning import Answered
from tests.pages import text_of


class Visitor:
    """One device with its own cookies; ``page`` is the page it looks at."""

    def __init__(self, http: APIRequestContext) -> None:
        self.http = http
        self.page = BeautifulSoup("", "html.parser")
        self.address = ""

    def open(self, address: str) -> BeautifulSoup:
        """Look at an address, following redirects."""
        return self._look(self.http.get(address))

    def follow(self, label: str) -> BeautifulSoup:
        """Follow the first link with this text in the page's main part."""
        links = [link for link in self.page.select("main a") if text_of(link) == label]
        assert links, f"no link “{label}” on {text_of(self.page.title)}"
        return self.open(str(links[0]["href"]))

    def send(self, form: Tag | None, **values: str) -> BeautifulSoup:
        """Send a form with its hidden fields and look at what comes."""
        assert form is not None, f"no such form on {text_of(self.page.title)}"
        return self._look(self._post(form, values))

    def send_only(self, form: Tag, **values: str) -> None:
        """Send a form without looking at the page to which it leads."""
        reply = self._post(form, values, max_redirects=0)
        assert reply.status == 303, f"{reply.status} from {reply.url}: {reply.text()[:400]}"

    def _post(self, form: Tag, values: dict[str, str], **options: int) -> APIResponse:
        hidden = {str(one["name"]): str(one["value"]) for one in form.select("input[type=hidden]")}
        return self.http.post(str(form["action"]), form={**hidden, **values}, **options)

    def _look(self, reply: APIResponse) -> BeautifulSoup:
        assert reply.ok, f"{reply.status} from {reply.url}: {reply.text()[:400]}"
        self.page, self.address = BeautifulSoup(reply.text(), "html.parser"), reply.url
        return self.page


def sign_in_by_slip(visitor: Visitor, address: str) -> None:
    """Open the address of a slip and press “开始”."""
    visitor.open(address)
    visitor.send(visitor.page.select_one("main form"))


def sign_in_by_pin(visitor: Visitor, school: str, number: str, pin: str) -> None:
    """Find the school by its name, then student number and PIN."""
    visitor.open("/sign-in")
    visitor.open(f"/sign-in?q={school}")
    visitor.follow(school)
    visitor.send(visitor.page.select_one("main form:has(input[name=pin])"), student_number=number, pin=pin)


def begin(visitor: Visitor) -> None:
    """From “今天” into the paper."""
    visitor.open("/")
    visitor.follow("看说明，去答题")
    visitor.send(visitor.page.select_one("main form.inline-form"))


def begin_again(visitor: Visitor) -> None:
    """From the result into another attempt."""
    visitor.follow("还可以再答 2 次")
    visitor.send(visitor.page.select_one("main form.inline-form"))


def answer(visitor: Visitor, right: int, answered: int = 20) -> list[Answered]:
    """Answer the first ``answered`` items of the paper, ``right`` of them rightly, the others wrongly."""
    done = []
    for place, section in enumerate(visitor.page.select("section.question"), start=1):
        stem, is_right = text_of(section.select_one(".question__stem")), place <= right
        if place <= answered:
            _choose(visitor, section, choice_for(stem, is_right=is_right), seq=place)
        done.append(Answered(stem, is_right, place <= answered))
    return done


def _choose(visitor: Visitor, section: Tag, text: str, seq: int) -> None:
    """Save one answer; ``seq`` is the number that the page would carry if it were loaded again after each save."""
    fields = {
        text_of(choice.select_one(".choice__text")): choice.select_one("input") for choice in section.select(".choice")
    }
    field = fields[text]
    assert field is not None and section.form is not None
    visitor.send_only(section.form, choices=str(field["value"]), seq=str(seq))


def hand_in(visitor: Visitor) -> str:
    """Hand the paper in; gives the score as the result page writes it."""
    visitor.follow("交卷")
    visitor.send(visitor.page.select_one("main form"))
    return text_of(visitor.page.select_one(".score"))
