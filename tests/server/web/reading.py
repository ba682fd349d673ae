"""Pages read as people do."""

import re
from html import unescape


def words(html: str) -> str:
    """The text of a page, with single spaces."""
    body = re.sub(r"<(style|svg)[\s\S]*?</\1>", " ", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
