"""An office's own Word template: taken when it can be filled, else refused by the field's name and place."""

import zipfile
from io import BytesIO

import docx
import pytest

from server.reports.default_template import default_template
from server.reports.refusals import TemplateBroken, TemplateReachesOut, TemplateTooLarge, TemplateUnreadable
from server.reports.template_files import MOST_PACKED
from server.reports.word_reports import check_template, report_docx
from tests.server.reports.builders import figures
from tests.server.reports.reading import WORD_BODY, changed, word_root, word_text

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def template_with(old: str, new: str) -> bytes:
    return changed(default_template(), WORD_BODY, lambda xml: xml.replace(old, new, 1))


def broken(given: bytes) -> TemplateBroken:
    with pytest.raises(TemplateBroken) as refused:
        check_template(given)
    return refused.value


def test_the_default_template_is_taken_and_is_the_same_each_time() -> None:
    check_template(default_template())
    again = default_template.__wrapped__()
    assert again == default_template()


def test_an_offices_words_are_kept_and_its_fields_filled() -> None:
    given = template_with("Kết quả chung", "Đánh giá của Sở về {{ period }}")
    check_template(given)
    text = word_text(report_docx(figures(), given))
    assert "Đánh giá của Sở về tháng 12 năm 2026" in text
    assert "Kết quả chung" not in text


def test_a_template_made_in_word_itself_is_taken() -> None:
    made, written = docx.Document(), BytesIO()
    made.add_paragraph("{{ subject }}: {{ totals.met }}/{{ totals.asked }} đài")
    made.save(written)
    check_template(written.getvalue())


@pytest.mark.parametrize(
    ("old", "new", "field", "place"),
    [
        ("{{ policy }}", "{{ polcy }}", "polcy", "Tính đến {{ as_of }}"),
        ("{{ row.name }}", "{{ row.tên }}", "tên", "{{ row.tên }}"),
        ("{{ totals.met }}", "{{ totals.mett }}", "mett", "{{ totals.mett }}"),
        ("{{ closing.code }}", "{{ closing.ma }}", "ma", "Kiểm tra tại:"),
    ],
)
def test_an_unknown_field_is_refused_by_its_name_and_place(old: str, new: str, field: str, place: str) -> None:
    refusal = broken(template_with(old, new))
    assert (refusal.kind, refusal.field) == ("unknown", field)
    assert place in refusal.place


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{{ policy }}", "{{ policy"),
        ("{{ policy }}", "{{ policy ! }}"),
        ("{%tr endfor %}", ""),
        ("{%p endif %}", "{%p endiff %}"),
    ],
)
def test_a_tag_that_cannot_be_read_is_refused(old: str, new: str) -> None:
    assert broken(template_with(old, new)).kind == "syntax"


@pytest.mark.parametrize(
    "tried",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ sentences.append('x') }}",
        "{{ charts.qr.draw }}",
        "{{ charts.qr._Picture__draw }}",
        "{{ sentences.append }}",
        "{{ 'x' * 1000000000 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ range(10) }}",
        "{{ cycler }}",
        "{{ self }}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% macro m() %}{{ m() }}{% endmacro %}",
        "{% for a in rows %}{% for b in rows %}{% for c in rows %}x{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in rows recursive %}{{ loop(rows) }}{% endfor %}",
        "{{ policy | pprint }}",
        "{{ policy | attr('__class__') }}",
        "{{ lipsum.__globals__ }}",
    ],
)
def test_a_template_runs_nothing(tried: str) -> None:
    refusal = broken(template_with("{{ policy }}", tried))
    assert refusal.kind in {"forbidden", "unknown", "syntax"}
    assert refusal.field


def test_fields_in_the_header_are_filled_and_looked_at_too() -> None:
    with zipfile.ZipFile(BytesIO(default_template())) as package:
        header = next(name for name in package.namelist() if "header" in name and "<w:p" in package.read(name).decode())
    named = changed(default_template(), header, lambda xml: xml.replace(" PAGE ", "{{ agenccy }}"))
    assert broken(named).field == "agenccy"


def test_a_repetition_that_ends_in_another_place_is_refused_rather_than_mended() -> None:
    opened = template_with("{{ as_of }}", "{% for x in rows %}{{ as_of }}")
    torn = changed(opened, WORD_BODY, lambda xml: xml.replace("{{ totals.met }}", "{{ totals.met }}{% endfor %}", 1))
    with pytest.raises(TemplateUnreadable):
        check_template(torn)


def test_what_is_no_word_document_is_refused() -> None:
    whole = default_template()
    cases = {
        b"": "not_word",
        b"%PDF-1.7": "not_word",
        whole[: len(whole) // 2]: "damaged",
        _zip({"a.txt": b"x"}): "not_word",
        _zip({WORD_BODY: b"<x", "[Content_Types].xml": b"x"}): "not_word",
        changed(whole, WORD_BODY, lambda xml: xml.replace("</w:body>", "")): "damaged",
        changed(whole, WORD_BODY, lambda xml: xml.replace("<w:document", "<!DOCTYPE x><w:document", 1)): "damaged",
        _with(whole, "word/vbaProject.bin", b"x"): "macros",
    }
    for given, reason in cases.items():
        with pytest.raises(TemplateUnreadable) as refused:
            check_template(given)
        assert refused.value.reason == reason


def test_bombs_are_not_unpacked() -> None:
    cases = {
        "packed": b"PK" + bytes(MOST_PACKED),
        "unpacked": _with(default_template(), "word/media/x.xml", bytes(60_000_000)),
        "parts": _zip({f"{number}.xml": b"" for number in range(500)}),
    }
    for what, given in cases.items():
        with pytest.raises(TemplateTooLarge) as refused:
            check_template(given)
        assert refused.value.what == what


def test_a_template_that_fetches_things_when_it_is_opened_is_refused() -> None:
    def attached(xml: str) -> str:
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
        return xml.replace(
            "</Relationships>",
            f'<Relationship Id="x9" Type="{kind}" Target="http://example.org/x.dotm" TargetMode="External"/></Relationships>',
        )

    with pytest.raises(TemplateReachesOut) as refused:
        check_template(changed(default_template(), "word/_rels/document.xml.rels", attached))
    assert refused.value.target == "http://example.org/x.dotm"


def test_word_numbers_pages_and_repeats_headings_and_the_annex_lies() -> None:
    root = word_root(report_docx(figures()))
    sections = list(root.iter(f"{W}sectPr"))
    assert [each.find(f"{W}pgSz").get(f"{W}orient") for each in sections] == [None, "landscape"]  # type: ignore[union-attr]
    assert all(each.find(f"{W}titlePg") is not None for each in sections)
    assert len(list(root.iter(f"{W}tblHeader"))) == 5
    margins = sections[0].find(f"{W}pgMar")
    assert margins is not None
    assert [
        round(int(str(margins.get(f"{W}{side}"))) / 1440 * 25.4) for side in ("top", "bottom", "left", "right")
    ] == [
        20,
        20,
        30,
        15,
    ]


def _zip(parts: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return made.getvalue()


def _with(package: bytes, name: str, content: bytes) -> bytes:
    made = BytesIO(package)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(name, content)
    return made.getvalue()
