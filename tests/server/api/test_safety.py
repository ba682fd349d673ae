"""What every answer, page and route keeps to: headers, no script or style in pages, limits of bodies and of haste."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

import server.web
from schedules.logs.lines import MOST_BYTES
from server.api.doorway import Doorway
from server.api.pace import Pace
from server.app import create_app
from server.reports.template_files import MOST_PACKED
from server.routing import BODY_MAX, routing
from server.web import urging
from server.web.report_checks import MOST_BYTES as MOST_REPORT
from tests.server.api.conftest import BASE, Client
from tests.server.people import everybody, sign_in
from tests.server.web.addresses import PAGES, REFUSALS
from tests.server.worlds import World

# An address with a secret in it is kept to itself: a test of its own.
TOLD = [path for path in REFUSALS if not path.startswith("/mat-khau/")]
# Their bodies are read as a stream, against limits of their own.
STREAMED = {
    "/api/v1/uploads",
    "/api/v1/uploads/{upload_id}",
    "/api/v1/segments",
    "/api/v1/segments/{code}/versions",
    "/api/v1/stations/{code}/recordings",
    "/dai/{code}/{month}/ghi-am",
    "/tai-len",
}


class Inline(HTMLParser):
    """What a strict content policy would not run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = tag == "script"
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json"):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        for name in ("href", "src", "action", "formaction"):
            value = (given.get(name) or "").strip().lower()
            if value.startswith(("javascript:", "data:", "http:", "//")):
                self.found.append(f"{tag} {name}={value}")


def inline_in(html: str) -> list[str]:
    parser = Inline()
    parser.feed(html)
    return parser.found


@pytest.mark.parametrize("path", [*PAGES, *REFUSALS])
def test_no_page_has_script_or_style_in_it(reader: Client, path: str) -> None:
    answer = reader.get(path)
    assert "html" in answer.headers["content-type"], path
    assert inline_in(answer.text) == []


def test_no_template_has_script_or_style_in_it() -> None:
    templates = sorted((Path(server.web.__file__).parent / "templates").glob("*.html"))
    assert len(templates) > 10
    for template in templates:
        text = template.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text), template.name
        assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", text)), (
            template.name
        )


def test_the_finder_finds() -> None:
    assert inline_in("<p style='x'><script>1</script><a href='javascript:1' onclick='x'>") != []


@pytest.mark.parametrize("path", [*PAGES, *TOLD, "/health", "/api/v1/stations", "/api/v1/nowhere", "/static/loa.css"])
def test_every_answer_carries_what_keeps_browsers_strict(reader: Client, path: str) -> None:
    headers = reader.get(path).headers
    policy = headers["content-security-policy"]
    if "/may-phat" in path:  # it plays what it holds itself
        assert "media-src 'self' blob:;" in policy
        policy = policy.replace("'self' blob:", "'self'")
    for directive in ("default-src", "script-src", "style-src", "media-src", "connect-src", "form-action"):
        assert f"{directive} 'self';" in f"{policy};".replace("'self' data:", "'self'")
    for directive in ("base-uri", "frame-ancestors", "object-src"):
        assert f"{directive} 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "microphone=()" in headers["permissions-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/mat-khau/abc", "/bat-dau/abc", "/api/v1/feeds/abc.ics"])
def test_an_address_that_holds_a_secret_is_kept_to_itself(reader: Client, path: str) -> None:
    headers = reader.get(path).headers
    assert headers.get_list("referrer-policy") == ["no-referrer"]
    assert headers.get_list("cache-control") == ["no-store"]
    assert "default-src 'self'" in headers["content-security-policy"]


# A station's log, a template, a report to be looked at comes whole, and no longer than one is read; texts to all stations
# come in one form.
FILES = {
    "/api/v1/stations/{code}/logs": MOST_BYTES,
    "/api/v1/stations/{code}/source-system/logs": MOST_BYTES,
    "/dai/{code}/{month}/phat-song/nhat-ky": MOST_BYTES + 100_000,
    "/thang/{month}/don-doc": urging.MOST_BYTES,
    "/api/v1/report-template": MOST_PACKED,
    "/bao-cao/mau": MOST_PACKED + 100_000,
    "/kiem-tra/{code}": MOST_REPORT,
}


def test_every_route_has_a_largest_body() -> None:
    unlimited = set()
    for route in routing().routes:
        assert isinstance(route, HTTPRoute)
        for handler in route.route_handlers:
            assert isinstance(handler, HTTPRouteHandler)
            limit = handler.resolve_request_max_body_size()
            if limit is None:
                unlimited.add(route.path_format)
            else:
                assert limit <= FILES.get(route.path_format, BODY_MAX)
    assert unlimited == STREAMED


def test_a_body_beyond_the_limit_is_refused(reader: Client) -> None:
    answer = reader.post(
        "/api/v1/campaigns", content=b"x" * (BODY_MAX + 1), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")


def hasty(world: World, **paces: int) -> Client:
    client = TestClient(create_app(world.context, doorway=Doorway(pace=Pace(**paces))), base_url=BASE)
    sign_in(client, world.context, everybody(world.context))
    return client


def test_changes_in_haste_are_refused_with_the_time_to_wait(world: World) -> None:
    with hasty(world, changes=3) as client:
        codes = [client.post("/api/v1/segments/b0001/push", json={}).status_code for _ in range(4)]
        assert 429 not in codes[:3]
        refused = client.post("/api/v1/segments/b0001/push", json={})
        assert (refused.status_code, refused.json()["code"]) == (429, "request.too_many")
        assert 1 <= int(refused.headers["retry-after"]) <= 120
        assert refused.headers["x-frame-options"] == "DENY"
        assert client.get("/api/v1/stations").status_code == 200  # looking is free
        assert client.patch("/api/v1/uploads/" + "0" * 32).status_code != 429  # pieces of what was announced


def test_uploads_have_a_pace_of_their_own(world: World) -> None:
    with hasty(world, uploads=2) as client:
        codes = [client.post("/api/v1/uploads", headers={"Tus-Resumable": "1.0.0"}).status_code for _ in range(3)]
        assert (429 in codes[:2], codes[2]) == (False, 429)
        assert client.post("/api/v1/segments/b0001/push", json={}).status_code != 429


def test_each_address_has_its_own_pace_and_a_network_of_ipv6_is_one() -> None:
    pace = Pace(changes=1)
    asked = {"type": "http", "method": "POST", "path": "/x"}
    assert pace.check(asked, "10.0.0.1") is None  # type: ignore[arg-type]  # what is looked at
    assert pace.check(asked, "10.0.0.2") is None  # type: ignore[arg-type]
    assert pace.check(asked, "10.0.0.1") is not None  # type: ignore[arg-type]
    assert pace.check(asked, "2001:db8::1") is None  # type: ignore[arg-type]
    assert pace.check(asked, "2001:db8::2") is not None  # type: ignore[arg-type]
    assert pace.check(asked, "2001:db8:0:1::2") is None  # type: ignore[arg-type]
    assert pace.check(asked, "") is None  # type: ignore[arg-type]
