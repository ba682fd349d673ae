"""Draws the icons of the installed player from `static/loa.svg`: `python -m server.web.make_icons`.

Systems that cut icons to a shape of their own get one that is full to its edges, its sign within the middle four fifths.
"""

from pathlib import Path

from server.reports.typesetting import icon_of

STATIC = Path(__file__).parent / "static"


def main() -> None:
    svg = (STATIC / "loa.svg").read_text("utf-8")
    for pixels in (192, 512):
        (STATIC / f"loa-{pixels}.png").write_bytes(icon_of(svg, pixels=pixels))
    full = svg.replace('viewBox="0 0 32 32"', 'viewBox="-4 -4 40 40"').replace(
        '<rect width="32" height="32" rx="6"', '<rect x="-4" y="-4" width="40" height="40"'
    )
    (STATIC / "loa-maskable-512.png").write_bytes(icon_of(full, pixels=512))


if __name__ == "__main__":
    main()
