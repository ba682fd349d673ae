"""The first steps through the sample: for whom they are, that they are ticked, that they end."""

import re
from pathlib import Path

from server.services.rights import Role
from tests.server.api.conftest import Client, client_of
from tests.server.homes import copy_home, open_home
from tests.server.people import add_person, form_token_of
from tests.server.web.reading import words


def test_the_first_steps_are_those_of_the_role_are_ticked_where_one_was_and_end_when_told(
    province_home: Path, tmp_path: Path, reader: Client
) -> None:
    context = open_home(copy_home(province_home, tmp_path / "home"))
    monitor = add_person(context, "giam-sat-1", [Role.MONITOR])
    with client_of(context, who=monitor) as client:
        page = client.get("/thang/2026-11").text
        said = words(page)
        assert "Bắt đầu ở đây 1/5 đã xem ✓ Tháng này: đài nào đạt, đài nào chưa (đã xem)" in said
        for address in set(re.findall(r'<li><span aria-hidden="true">.+?<a href="([^"]+)"', page)):
            assert client.get(address).status_code in {200, 404}, "a month without a plan says so"
        client.get("/bao-cao")
        assert "2/5 đã xem" in words(client.get("/thang/2026-11").text)
        form = {"csrf": form_token_of(context, monitor), "tiep": "/thang/2026-11?q=ea"}
        ended = client.post("/buoc-dau/xong", data=form, follow_redirects=False)
        assert ended.headers["location"] == "/thang/2026-11?q=ea"
        assert "Bắt đầu ở đây" not in client.get("/thang/2026-11").text
        assert client.post("/buoc-dau/xong", data=form | {"tiep": "//evil.example"}).url.path == "/thang/2026-11"
    with client_of(context, who=add_person(context, "kiem-toan-1", [Role.AUDITOR])) as client:
        assert "Kiểm tra nhật ký có bị sửa không" in client.get("/thang/2026-11").text
    context.close()
    assert "Bắt đầu ở đây" not in reader.get("/thang/2026-12").text, "there is no sample"
