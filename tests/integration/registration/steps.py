"""What somebody does who has been sent an invitation."""

from tests.factories.adults import SECRET
from tests.pages import page, post, text_of


def form_of(client, path):
    """The hidden fields of the form, and the id of its first class."""
    soup = page(client.get(path))
    key = soup.select_one("input[name=form_key]")["value"]
    option = soup.select_one("select[name=class_id] option[value]:not([value=''])")
    return {"form_key": key, "class_id": option["value"] if option else ""}


def join(client, path, name="扎西多杰", secret=SECRET, **more):
    data = form_of(client, path) | {"name": name, "secret": secret, "repeated": secret} | more
    return post(client, path, data)


def number_of(client):
    return text_of(page(client.get("/joined")).select_one(".ticket__number"))
