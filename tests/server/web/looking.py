"""A page looked at as a whole: by axe for what keeps people out, by its width, by pictures for somebody to look at."""

from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page, ViewportSize

import server

PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=900)
ZOOMED = ViewportSize(width=640, height=450)
"""What a desk of 1280 by 900 shows at 200 %."""
LIGHTS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
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
]"""
_WIDER = """() => { const width = document.documentElement.clientWidth; return document.documentElement.scrollWidth <= width
    ? [] : [`${document.documentElement.scrollWidth} wide in ${width}: ` + [...document.querySelectorAll("main *, header *")]
        .filter(one => one.getBoundingClientRect().right > width + 1).slice(0, 3).map(one => one.outerHTML.slice(0, 120))]; }"""
# Whoever goes by keyboard sees where he is: an outline, and nothing that stays in place before it.
_FOCUSED = """() => {
    const found = [];
    const all = [...document.querySelectorAll("main :is(a[href], button, input:not([type=hidden]), select, textarea, summary)")]
        .filter(one => one.getClientRects().length && !one.disabled && !one.classList.contains("unseen"));
    for (const one of all.slice(0, 80)) {
        one.focus();
        if (document.activeElement !== one) continue;
        const style = getComputedStyle(one);
        if (style.outlineStyle === "none" || !parseFloat(style.outlineWidth)) found.push("focus not shown: " + one.outerHTML.slice(0, 120));
        const {left, right, top, bottom} = one.getClientRects()[0];
        const shown = [[left + 2, top + 2], [right - 2, bottom - 2], [(left + right) / 2, (top + bottom) / 2]].some(([x, y]) => {
            const at = document.elementFromPoint(x, y);
            return at && (one.contains(at) || at.contains(one));
        });
        if (!shown) found.push("focus hidden: " + one.outerHTML.slice(0, 120));
    }
    document.activeElement.blur();
    scrollTo(0, 0);
    return found.slice(0, 3);
}"""
_UNFOLD = "() => document.querySelectorAll('main details:not([open])').forEach(one => one.open = true)"
# What is alike is looked at a dozen times, not a thousand.
_TRIM = """() => document.querySelectorAll("main, main section, main div, tbody, ul, ol, dl").forEach(one => {
    const kinds = {};
    for (const child of [...one.children]) {
        const kind = child.tagName + child.className;
        kinds[kind] = (kinds[kind] || 0) + 1;
        if (kinds[kind] > 12 && !/^(H[1-6]|OPTION)/.test(kind)) child.remove();
    }
})"""


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
    found = list(page.evaluate(_STRUCTURE))
    for viewport in (PHONE, ZOOMED, DESK):
        page.set_viewport_size(viewport)
        found += page.evaluate(_WIDER)
    page.evaluate(_TRIM)
    found += [f"dark: {each}" for each in _in_the_dark(page)] + axe(page)
    page.set_viewport_size(PHONE)
    found += [f"narrow: {each}" for each in axe(page, *_NARROW)] + page.evaluate(_FOCUSED)
    if pictures is not None:
        _take(page, pictures, name)
    return found


def _in_the_dark(page: Page) -> list[str]:
    page.emulate_media(color_scheme="dark")
    found = axe(page, *_COLOURS)
    page.emulate_media(color_scheme="light")
    return found


def _take(page: Page, pictures: Path, name: str) -> None:
    for viewport in (PHONE, DESK):
        page.set_viewport_size(viewport)
        for light in LIGHTS:
            page.emulate_media(color_scheme=light)
            file = pictures / f"{name}-{viewport['width']}-{light}.jpg"
            page.screenshot(path=file, full_page=True, type="jpeg", quality=70)
