"""Every page in English: what is Vietnamese on it is a name or a text that somebody gave, and nothing of ours."""

import re
from html.parser import HTMLParser

from sqlalchemy import select

from server.db.tables import METADATA
from server.services.context import Context
from tests.server.api.conftest import Client
from tests.server.people import in_english
from tests.server.web.addresses import PAGES, REFUSALS

# Letters that English lacks and Vietnamese words have: hardly a sentence is without one.
_VIETNAMESE = re.compile(
    r"[^\W\d_]*[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ][^\W\d_]*", re.IGNORECASE
)
# What is written so in any language: the column of a table that stations fill in is called so, whoever reads of it.
_OF_ANY_LANGUAGE = {"Tiếng Việt", "“Đã phát”", "Ea Yông"}
_SHOWN = ("title", "alt", "aria-label", "placeholder", "content", "label")


class Texts(HTMLParser):
    """What of a page people see or hear, piece by piece; what says that it is Vietnamese is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.language = ""
        self._marked = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag not in _EMPTY and (self._marked or given.get("lang", "en") != "en" or tag in {"script", "style"}):
            self._marked += 1
        if not self._marked:
            self.found += [given[name] or "" for name in _SHOWN if name in given]

    def handle_endtag(self, tag: str) -> None:
        if self._marked and tag not in _EMPTY:
            self._marked -= 1

    def handle_data(self, data: str) -> None:
        if not self._marked:
            self.found.append(data)


_EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def given_texts(context: Context) -> list[str]:
    """Every text in the database, the longest first: what people named and wrote."""
    found: set[str] = set()
    with context.database.read() as session:
        for table in METADATA.sorted_tables:
            for row in session.execute(select(table)):
                found |= {value.strip() for value in row if isinstance(value, str) and _VIETNAMESE.search(value)}
    return sorted(found, key=len, reverse=True)


def test_no_page_in_english_has_a_vietnamese_word_of_ours(reader: Client) -> None:
    given = [*given_texts(reader.app.state.context), *_OF_ANY_LANGUAGE]
    left: dict[str, list[str]] = {}
    for address in (*PAGES, *REFUSALS):
        parser = Texts()
        # Of this page alone the address says the language.
        there = address.replace("/may-phat/vi", "/may-phat/en")
        parser.feed(reader.get(there, headers=in_english(reader)).text)
        assert parser.language == "en", address
        text = "\n".join(" ".join(piece.split()) for piece in parser.found)
        for name in given:
            text = text.replace(" ".join(name.split()), "")
        if words := _VIETNAMESE.findall(text):
            lines = [line for line in text.splitlines() if _VIETNAMESE.search(line)]
            left[address] = [f"{len(words)} words", *dict.fromkeys(lines)]
    assert left == {}
