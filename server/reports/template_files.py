"""Word files that come from people, looked at before anything opens them."""

import zipfile
from io import BytesIO

from lxml import etree

from server.reports.refusals import TemplateReachesOut, TemplateTooLarge, TemplateUnreadable

MOST_PACKED = 5_000_000
MOST_UNPACKED = 40_000_000
MOST_PARTS = 400
_BODY = "word/document.xml"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
# A link is only followed by whoever clicks it.
_LINK = "/hyperlink"
_WORD = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def look_at(given: bytes) -> None:
    """Raises TemplateUnreadable, TemplateTooLarge, TemplateReachesOut."""
    _within("packed", len(given), MOST_PACKED)
    try:
        with zipfile.ZipFile(BytesIO(given)) as package:
            entries = package.infolist()
            _within("parts", len(entries), MOST_PARTS)
            # What an entry declares bounds what is read of it: zipfile stops there and finds the sum wrong.
            _within("unpacked", sum(entry.file_size for entry in entries), MOST_UNPACKED)
            names = {entry.filename for entry in entries}
            if not {_BODY, "[Content_Types].xml"} <= names:
                raise TemplateUnreadable(reason="not_word")
            if any("vbaproject" in name.lower() for name in names):
                raise TemplateUnreadable(reason="macros")
            if _WORD not in package.read("[Content_Types].xml"):
                raise TemplateUnreadable(reason="not_word")
            for entry in entries:
                content = package.read(entry)
                if entry.filename.endswith((".xml", ".rels")):
                    _look_at_part(content)
    # zipfile says NotImplementedError of a packing that it doesn't know, RuntimeError of one that is encrypted.
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise TemplateUnreadable(reason="damaged" if given.startswith(b"PK") else "not_word") from error


def _within(what: str, found: int, limit: int) -> None:
    if found > limit:
        raise TemplateTooLarge(what=what, found=found, limit=limit)


def _look_at_part(content: bytes) -> None:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise TemplateUnreadable(reason="damaged")
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise TemplateUnreadable(reason="damaged") from error
    for each in root.iter(_RELATIONSHIP):
        if each.get("TargetMode") == "External" and not str(each.get("Type")).endswith(_LINK):
            raise TemplateReachesOut(target=str(each.get("Target")))
