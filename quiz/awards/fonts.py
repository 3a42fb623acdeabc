"""Fonts of certificates: those of a package, those that an administrator has added, those that the system has.

The package (Noto Serif SC and Noto Sans SC) has every character of GBK and its Extension A; 𠮷 and other rare letters of
names are in the larger Noto CJK of Debian's ``fonts-noto-cjk``, which is used beside it where it is installed. A letter
that no font has is found here before anything is printed: the typesetter would leave a blank without a word.
"""

import logging
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont, TTLibError

log = logging.getLogger(__name__)

PACKAGE = "pylopdf_fonts_zh_cn"
SUFFIXES = {".otf", ".ttf", ".ttc", ".otc"}
#: Where systems keep fonts. Only files with these names are taken from there: a folder of fonts may be very large.
SYSTEM_FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts",
)  # fmt: skip
SYSTEM_NAMES = (
    "NotoSerifCJK-Regular.ttc", "NotoSansCJK-Regular.ttc", "NotoSerifCJKsc-Regular.otf", "NotoSansCJKsc-Regular.otf",
    "SourceHanSerifSC-Regular.otf", "SourceHanSansSC-Regular.otf", "NotoSerifTibetan-Regular.ttf",
)  # fmt: skip


@dataclass(frozen=True)
class FontSet:
    """The font files that certificates are set with, and every character that at least one of them has.

    ``typeset`` is the same fonts as the typesetter keeps them.
    """

    paths: tuple[Path, ...]
    letters: frozenset[int]
    typeset: Any = field(default=(), compare=False, repr=False)

    @property
    def is_there(self) -> bool:
        """Whether Chinese can be printed at all."""
        return ord("证") in self.letters


def own_folder(instance: Path) -> Path:
    """Where an administrator puts further fonts: CERTIFICATE_FONTS, else ``fonts`` in the instance folder."""
    return Path(os.environ.get("CERTIFICATE_FONTS") or instance / "fonts")


def font_set(instance: Path) -> FontSet:
    """The fonts there are now; a font added while the site runs is found without a restart."""
    return _read(tuple(dict.fromkeys([*_of_package(), *_of_folder(own_folder(instance)), *_of_system()])))


@lru_cache(4)
def _read(paths: tuple[Path, ...]) -> FontSet:
    """Only what the typesetter can read counts: it would leave blanks for the rest without a word."""
    typeset = _typeset(paths)
    read = {Path(font.path or "").resolve() for font in typeset.fonts()}
    usable = tuple(path for path in paths if path.resolve() in read)
    return FontSet(usable, frozenset(letter for path in usable for letter in _letters(path)), typeset)


def _typeset(paths: tuple[Path, ...]) -> typst.Fonts:
    """The typesetter takes folders, not files; it remembers the files themselves."""
    with tempfile.TemporaryDirectory(prefix="certificate-fonts-") as folder:
        for number, path in enumerate(paths):
            (Path(folder) / f"{number}{path.suffix}").symlink_to(path.resolve())
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def _letters(path: Path) -> set[int]:
    """The character map of a font, of a collection that of its first font; nothing of a file that is none.

    The fonts of a collection differ in forms, hardly in letters, and each map takes tens of megabytes to read.
    """
    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            return set(font.getBestCmap() or ())
    except (TTLibError, OSError):
        log.warning("the font %s cannot be read", path.name)
        return set()


def _of_package() -> Iterator[Path]:
    found = find_spec(PACKAGE)
    for folder in (found.submodule_search_locations or ()) if found else ():
        yield from _of_folder(Path(folder))


def _of_folder(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


@lru_cache(1)
def _of_system() -> tuple[Path, ...]:
    found: dict[str, Path] = {}
    for folder in SYSTEM_FOLDERS:
        for root, _folders, names in os.walk(Path(folder).expanduser()):
            for name in SYSTEM_NAMES:
                if name in names:
                    found.setdefault(name, Path(root) / name)
    return tuple(found[name] for name in SYSTEM_NAMES if name in found)
