"""Every text for people has its English, and the two have the same places to fill."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import server
from server.texts import _, in_language

SERVER = Path(server.__file__).parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
PLACES = re.compile(r"{[a-z_]+}")


def messages_in_code() -> dict[str, str]:
    found = extract_from_dir(str(SERVER), METHODS, keywords={"_": None})
    return {str(message): f"{file}:{line}" for file, line, message, _comments, _context in found}


@pytest.fixture(scope="module")
def english() -> Catalog:
    with (SERVER / "locale/en/LC_MESSAGES/loa.po").open("rb") as file:
        return read_po(file, locale="en")


def test_every_text_has_its_english(english: Catalog) -> None:
    missing = {
        text: place
        for text, place in messages_in_code().items()
        if not (entry := english.get(text)) or not entry.string
    }
    assert missing == {}


def test_the_catalogue_has_no_text_that_the_code_lost(english: Catalog) -> None:
    in_code = messages_in_code()
    assert [entry.id for entry in english if entry.id and entry.id not in in_code] == []


def test_the_english_has_the_same_places_to_fill(english: Catalog) -> None:
    differing = [
        entry.id
        for entry in english
        if entry.id and sorted(set(PLACES.findall(str(entry.id)))) != sorted(set(PLACES.findall(str(entry.string))))
    ]
    assert differing == []


def test_a_text_is_vietnamese_unless_english_was_chosen() -> None:
    assert _("Thứ Hai") == "Thứ Hai"
    with in_language("en"):
        assert _("Thứ Hai") == "Monday"
    assert _("Thứ Hai") == "Thứ Hai"
