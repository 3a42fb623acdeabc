"""Every template parses, uses what it imports, and holds no unsafe construct."""

import re
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
NAMES = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]
IMPORT = re.compile(r"{%-?\s*from\s+\"[^\"]+\"\s+import\s+(.+?)-?%}", re.DOTALL)


@pytest.mark.parametrize("name", NAMES)
def test_template_parses(app: Flask, name: str) -> None:
    app.jinja_env.get_template(name)


@pytest.mark.parametrize("name", NAMES)
def test_template_uses_every_macro_it_imports(name: str) -> None:
    text = (ROOT / "templates" / name).read_text()
    for imported in IMPORT.findall(text):
        names = [part.split(" as ")[-1].strip() for part in imported.replace("with context", "").split(",")]
        rest = IMPORT.sub("", text)
        unused = [macro for macro in names if macro and not re.search(rf"\b{re.escape(macro)}\b", rest)]
        assert not unused, f"unused imports: {unused}"


@pytest.mark.parametrize("name", NAMES)
def test_template_has_nothing_unsafe(name: str) -> None:
    text = (ROOT / "templates" / name).read_text()
    assert not re.search(r"\|\s*safe\b", text), "|safe puts unescaped data on a page"
    assert not re.search(r"\sstyle=", text), "inline style (the content security policy forbids it)"
    assert not re.search(r"\son[a-z]+=\"", text), "inline handler (the content security policy forbids it)"
    assert not re.search(r"https?://(?!www\.w3\.org)", text), "an address of another host"


@pytest.mark.parametrize("name", [name for name in NAMES if name != "styleguide.html"])  # sample data, not interface
def test_chinese_text_is_marked_for_translation(name: str) -> None:
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->", "", (ROOT / "templates" / name).read_text(), flags=re.DOTALL)
    allowed = re.sub(r"清源|中文", "", text)
    assert not re.search(r"[\u4e00-\u9fff]", allowed), "Chinese text outside _()"
