"""A page looked at as a whole: by axe for what keeps people out, by its width, by a picture for somebody to look at."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize

import server

PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=900)
_AXE = Path(server.__file__).parent.parent / "node_modules/axe-core/axe.min.js"
_KINDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# What the colours of a dark room and the width of a phone can change.
_COLOURS = ("color-contrast", "link-in-text-block")
_NARROW = ("target-size", "scrollable-region-focusable", "color-contrast")

_RUN = """async given => (await axe.run(document, given)).violations.flatMap(found => found.nodes.map(
    node => `${found.id} (${found.help}): ${node.target} ${node.html.slice(0, 200)} ${node.any.map(each => each.message)}`
))"""
_STRUCTURE = """() => [
    ...(document.querySelectorAll("h1").length === 1 ? [] : ["not one h1"]),
    ...(document.documentElement.lang === "vi" ? [] : ["not in Vietnamese"]),
    ...[...document.querySelectorAll("table")].filter(table => !table.caption).map(() => "a table without a caption"),
    ...[...document.querySelectorAll("table")].filter(table => !table.querySelector("thead th[scope=col]"))
        .map(() => "a table without column heads"),
    ...[...document.querySelectorAll("input:not([type=hidden]),select,textarea")].filter(one => !one.labels.length
        && !one.ariaLabel).map(one => `no label: ${one.outerHTML}`),
]"""
_WIDER = """() => { const width = document.documentElement.clientWidth; return document.documentElement.scrollWidth <= width
    ? [] : [`${document.documentElement.scrollWidth} wide in ${width}: ` + [...document.querySelectorAll("main *, header *")]
        .filter(one => one.getBoundingClientRect().right > width + 1).slice(0, 3).map(one => one.outerHTML.slice(0, 120))]; }"""
_UNFOLD = "() => document.querySelectorAll('main details:not([open])').forEach(one => one.open = true)"


def axe(page: Page, *rules: str) -> list[str]:
    """What axe finds wrong by these rules, or by all of WCAG 2.2 AA and its own advice."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text("utf-8"))
    given: dict[str, Any] = {"iframes": False, "resultTypes": ["violations"]}
    given["runOnly"] = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": _KINDS}
    found: list[str] = page.evaluate(_RUN, given)
    return found


def faults(page: Page, pictures: Path | None, name: str) -> list[str]:
    """Of the page that is open, at two widths and in both lights; its pictures are named after `name`."""
    page.evaluate(_UNFOLD)
    found: list[str] = []
    for width, viewport in (("1280", DESK), ("390", PHONE)):
        page.set_viewport_size(viewport)
        for light in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if light == "dark" else "light")
            rules = _NARROW if width == "390" else ()
            seen = axe(page, *(_COLOURS if light == "dark" else rules)) if (width, light) != ("390", "dark") else []
            found += [f"{width} {light}: {each}" for each in seen]
            if pictures is not None:
                page.screenshot(path=pictures / f"{name}-{width}-{light}.png", full_page=True)
        found += [f"{width}: {each}" for each in page.evaluate(_WIDER)]
    return found + list(page.evaluate(_STRUCTURE))
