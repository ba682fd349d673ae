"""Styles as browsers of the end of 2021 read them (Chromium 96, Firefox 95, Safari 15.2): poorer, and whole."""

import re
from pathlib import Path

from server.web import static_files

STYLES = Path(static_files.__file__).parent / "styles"
# What these browsers take for an error, so that they drop the rule or what it stands in; with a way that they know.
LATER = {
    r"@layer|@scope|@container|@starting-style|@property": "rules of their own",
    r"color-mix\(|light-dark\(|oklch\(": "a colour that is written out",
    r"\d[dsl]v[hw]\b": "vh or vw before it",
    r"^\s+&|\{[^{}]*&": "selectors that are written out",
    r"subgrid|field-sizing|anchor-name": "columns of their own",
    r":user-invalid|:popover-open": "a class",
}
# Where the newer selector is dropped nothing is lost but looks: no rule that places, hides or shows anything.
MERE_LOOKS = re.compile(r"(border|padding|margin|background|color|outline|font|text|cursor|opacity|page)[\w-]*$")


def rules(css: str) -> list[tuple[str, str]]:
    """Selectors and declarations of all rules, those in @media too."""
    plain = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return [(selector.strip(), body) for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", plain)]


def test_no_style_needs_a_browser_of_later_than_2021() -> None:
    wrong = []
    for file in sorted(STYLES.glob("*.css")):
        css = file.read_text("utf-8")
        for feature, instead in LATER.items():
            wrong += [f"{file.name}: {each[0]!r}, write {instead}" for each in re.finditer(feature, css, re.MULTILINE)]
        for selector, body in rules(css):
            declared = [each.partition(":")[0].strip() for each in body.split(";") if each.strip()]
            if ":has(" in selector and not all(MERE_LOOKS.match(each) for each in declared):
                wrong.append(f"{file.name}: {selector} places something by :has()")
            if ":has(" in selector and "," in re.sub(r"\([^()]*\)", "", selector):
                wrong.append(f"{file.name}: {selector} takes others with it")
            if re.search(r'content: "[^"]*" /', body) and not re.search(r'content: "[^"/]*";', body):
                wrong.append(f"{file.name}: {selector} has no content without its spoken text")
    assert wrong == []
