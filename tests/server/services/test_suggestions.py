"""What a file that is to be uploaded could be called and be about."""

import pytest

from server.services.rights import Role
from server.services.suggestions import MOST_NAMES, suggest, suggested_title
from tests.server.people import acting, add_person
from tests.server.worlds import World


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("mot-cua-ea-yong_v2.wav", "Mot cua ea yong"),
        ("01. Một cửa - Ea Yông (1).mp3", "Một cửa - Ea Yông"),
        ("NOP HO SO_final.mp3", "Nop ho so"),
        ("nong_thon_moi.wav", "Nong thon moi"),
        ("mức 4.wav", "Mức 4"),
        ("v2.wav", "V2"),
        ("C:\\thu am\\the che.wav", "The che"),
        ("\u202eabc.wav", "Abc"),
        ("…", "…"),
        ("x" * 300 + ".wav", "X" + "x" * 198 + "…"),
    ],
)
def test_a_files_name_becomes_a_title(name: str, title: str) -> None:
    assert suggested_title(name) == title


def test_a_topic_is_suggested_by_its_name_and_by_earlier_titles_and_only_where_it_is_clear(published: World) -> None:
    published.add_segment("b0100", title="Chứng thực bản sao", topic="the-che")
    producer = acting(published.context, add_person(published.context, "san-xuat", [Role.PRODUCER], organisation="snv"))
    names = ["mot-cua-ea-yong.wav", "the_che_moi.wav", "chung-thuc-2.wav", "zzz.wav", "Chứng thực bản sao.wav"]
    found = suggest(producer, names)
    assert [each.topic for each in found] == ["mot-cua", "the-che", "the-che", None, "the-che"]
    assert [each.same for each in found] == [None, None, None, None, "b0100"]
    assert len(suggest(producer, ["a.wav"] * (MOST_NAMES + 1))) == MOST_NAMES
