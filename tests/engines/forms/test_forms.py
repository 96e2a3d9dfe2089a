"""Forms: strict reading, completeness in plain words, printing that embeds its fonts and refuses what it cannot print."""

import base64
import dataclasses
import io
import struct
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from liuhen.engines.forms import (
    Filled,
    Form,
    Signed,
    lacking,
    load_form,
    load_forms,
    print_document,
    printing,
)
from liuhen.engines.forms.filled import Declined, Marked, stated_in
from liuhen.engines.forms.printing import drawn, pages_of
from liuhen.kernel.errors import Malformed, Unavailable
from liuhen.server.paths import data_folder

FORMS = data_folder("forms")
NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
VALUES = {
    "matter": "记录中断",
    "activity": "一号活动",
    "span": "09:32 至 09:33",
    "cause": "设备故障",
    "facts": "黑屏后重启。",
}


@pytest.fixture
def statement() -> Form:
    return load_forms(FORMS)["statement"]


def _filled(form: Form, values: Mapping[str, str] = VALUES, image: str = "") -> Filled:
    return Filled(
        form,
        "QH-文书-1",
        "清河街道办事处",
        NOON,
        values,
        [Signed("officer", "李某", NOON, image)],
        "第二十条",
    )


def test_every_form_of_the_folder_is_well_formed_and_prints() -> None:
    for form in load_forms(FORMS).values():
        values = {f.name: f.label for f in form.field}
        signatures = [Signed(slot.role, "李某", NOON) for slot in form.signature]
        assert print_document(Filled(form, "1", "甲机关", NOON, values, signatures)).startswith(b"%PDF-")


def test_empty_form_lacks_every_required_field_and_signature(statement: Form) -> None:
    told = lacking(statement, {}, [], least={"officer": 2})
    assert told[0] == "未填写“说明事项”"
    assert told[-1] == "需 2 名执法人员签名，现有 0 名"
    assert len(told) == 6


def test_one_person_signing_twice_counts_once(statement: Form) -> None:
    twice = [Signed("officer", "李某", NOON), Signed("officer", "李某", NOON)]
    assert lacking(statement, VALUES, twice, least={"officer": 2}) == ["需 2 名执法人员签名，现有 1 名"]
    assert lacking(statement, VALUES, [*twice, Signed("officer", "王某", NOON)], least={"officer": 2}) == []


def test_overlong_value_is_told_with_its_limit(statement: Form) -> None:
    assert lacking(
        statement, {**VALUES, "others": "字" * 1001}, [Signed("officer", "李", NOON)], least={}
    ) == ["“其他”超过 1000 字"]


def test_printed_document_is_archival_and_repeatable(statement: Form) -> None:
    printed = print_document(_filled(statement, image="M 20 50 L 60 20"))
    assert printed == print_document(_filled(statement, image="M 20 50 L 60 20"))
    with pikepdf.open(io.BytesIO(printed)) as pdf, pdf.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "2"
        assert metadata["pdfaid:conformance"] == "B"
        assert "/OutputIntents" in pdf.Root
        assert "/JavaScript" not in pdf.Root.get("/Names", {})
        for page in pdf.pages:
            for font in page.resources.Font.values():
                descriptor = font.DescendantFonts[0].FontDescriptor
                assert any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def test_values_never_become_markup(statement: Form) -> None:
    calm = print_document(_filled(statement, {**VALUES, "facts": "#panic() $x$ *粗* @ref \\ <标签>"}))
    assert calm.startswith(b"%PDF-")


def test_character_without_a_glyph_is_named(statement: Form) -> None:
    with pytest.raises(Malformed, match="U\\+1F600"):
        print_document(_filled(statement, {**VALUES, "facts": "好😀"}))


@pytest.mark.parametrize("image", ["M 1 1<script>", "M" * 20_001])
def test_strokes_that_are_no_path_are_refused(statement: Form, image: str) -> None:
    with pytest.raises(Malformed, match="签名笔迹"):
        print_document(_filled(statement, image=image))


def test_broken_template_names_its_form(statement: Form) -> None:
    with pytest.raises(Malformed, match="statement"):
        print_document(_filled(replace(statement, template="#unknown()")))


def test_without_own_fonts_the_systems_serve(
    statement: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "_SYSTEM", (tmp_path / "none.ttc",))
    with pytest.raises(Unavailable, match="没有可用的中文字体"):
        printing.font_files(tmp_path)
    font = tmp_path / "serif.ttc"
    font.touch()
    monkeypatch.setattr(printing, "_SYSTEM", (font,))
    assert printing.font_files(tmp_path / "empty") == (font,)


HEAD = 'id = "x"\nversion = "1"\ntitle = "甲"\nfamily = "f"\nsays = "s"\nabout = ["case"]\n'
FIELD = '[[field]]\nname = "a"\nlabel = "甲"\n'
SIGNATURE = '[[signature]]\nrole = "officer"\nlabel = "人员"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no divider", "不是 TOML"),
        (f"{HEAD}{FIELD}{SIGNATURE}\n+++\n  \n", "应有模板"),
        (f"{HEAD.replace('case', 'house')}{FIELD}{SIGNATURE}", "“about”不是"),
        (f'{HEAD}stage = "later"\n{FIELD}{SIGNATURE}', "“stage”不是"),
        (f'{HEAD}{FIELD}kind = "choice"\n{SIGNATURE}', "choice 要有 options"),
        (f'{HEAD}{FIELD}kind = "table"\n{SIGNATURE}', "table 要有 columns"),
        (f'{HEAD}{FIELD}columns = ["甲"]\n{SIGNATURE}', "其他都不要"),
        (f'{HEAD}{FIELD}kind = "choice"\noptions = [1]\n{SIGNATURE}', "“options”不是"),
        (f'{HEAD}{FIELD}kind = "choice"\noptions = [{{ code = "a" }}]\n{SIGNATURE}', "选项 缺少“label”"),
        (f'{HEAD}{FIELD}tells = "a"\n{SIGNATURE}', "“tells”不是"),
        ("id = \n+++\nx", "不是 TOML"),
        (f"{HEAD}{SIGNATURE}\n+++\nx", r"至少要有一个 \[\[field\]\]"),
        (f"{HEAD}{FIELD}\n+++\nx", r"至少要有一个 \[\[signature\]\]"),
        (f'{HEAD}colour = "red"\n{FIELD}{SIGNATURE}\n+++\nx', "不认识的键“colour”"),
        (f"{HEAD.replace('title', 'titel')}{FIELD}{SIGNATURE}\n+++\nx", "titel"),
        (f"{HEAD.replace(chr(10) + 'says', chr(10) + '#')}{FIELD}{SIGNATURE}\n+++\nx", "缺少“says”"),
        (f"{HEAD}{FIELD}limit = 0\n{SIGNATURE}\n+++\nx", "“limit”不是整数"),
        (f"{HEAD}{FIELD}required = 1\n{SIGNATURE}\n+++\nx", "“required”不是是否"),
        (f'{HEAD}{FIELD}kind = "number"\n{SIGNATURE}\n+++\nx', "“kind”不是"),
        (f"{HEAD.replace('x', 'y', 1)}{FIELD}{SIGNATURE}\n+++\nx", "应与文件名相同"),
        (f"{HEAD}{FIELD}{FIELD}{SIGNATURE}\n+++\nx", "重名"),
    ],
)
def test_malformed_form_names_file_and_key(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "x.form").write_text(text)
    with pytest.raises(Malformed, match=says) as refused:
        load_form(tmp_path / "x.form")
    assert "x.form" in refused.value.why


def test_document_made_between_two_seconds_prints() -> None:
    form = load_forms(FORMS)["statement"]
    filled = dataclasses.replace(_filled(form), made_at=NOON.replace(microsecond=123_456))
    assert print_document(filled).startswith(b"%PDF-")


def test_form_is_read_again_when_its_file_is_another(tmp_path: Path) -> None:
    path = tmp_path / "statement.form"
    path.write_text((FORMS / "statement.form").read_text())
    assert load_forms(tmp_path)["statement"].title == "情况说明"
    assert load_forms(tmp_path)["statement"] is load_forms(tmp_path)["statement"]
    path.write_text(path.read_text().replace('"情况说明"', '"说明书"'))
    assert load_forms(tmp_path)["statement"].title == "说明书"
    path.unlink()
    assert load_forms(tmp_path) == {}


@pytest.mark.parametrize(
    ("begun", "ended", "lacks", "stated"),
    [
        ("2026-11-18T09:00", "2026-11-18T10:00+08:00", [], True),
        ("2026-11-18T09:00", "2026-11-18T09:00", [], True),
        ("2026-11-18T10:00", "2026-11-18T09:00", ["结束时间早于开始时间"], False),
        (
            "2026-11-18T10:00",
            "2026-11-18T09:30+07:00",
            [],
            True,
        ),  # An offset is believed; without one it is 北京时间.
        ("neulich", "2026-11-18T09:00", ["“检查开始”不是一个时间"], False),
        ("", "2026-11-18T09:00", ["未填写“检查开始”"], False),
    ],
)
def test_record_of_an_event_has_a_beginning_and_an_end_after_it(
    begun: str, ended: str, lacks: list[str], stated: bool
) -> None:
    form = load_forms(FORMS)["inspection-record"]
    assert form.records_event
    assert not load_forms(FORMS)["statement"].records_event
    values = {f.name: "x" for f in form.field} | {"begun": begun, "ended": ended}
    signed = [Signed("officer", name, NOON) for name in ("李某", "王某")] + [Signed("party", "钱某", NOON)]
    assert lacking(form, values, signed, least={}) == lacks
    assert (stated_in(values) is not None) == stated


def test_moments_are_printed_as_people_read_them() -> None:
    form = load_forms(FORMS)["inspection-record"]
    values = {f.name: "x" for f in form.field} | {"begun": "2026-11-18T01:00+00:00", "ended": "bald"}
    shown = {f["label"]: f["value"] for f in printing._data(_filled(form, values))["fields"]}  # type: ignore[index,attr-defined]
    assert (shown["检查开始"], shown["检查结束"]) == ("2026-11-18 09:00", "bald")


def test_refusal_that_was_noted_stands_in_place_of_the_signature_and_on_the_paper() -> None:
    form = load_forms(FORMS)["interview"]
    values = {f.name: "2026-11-18T09:00" if f.kind == "moment" else "x" for f in form.field}
    officers = [Signed("officer", name, NOON) for name in ("李某", "王某")]
    assert lacking(form, values, officers, least={}) == ["需 1 名被询问人签名，现有 0 名"]
    assert lacking(form, values, officers, least={"party": 1}, declined={"party"}) == []
    declined = [Declined("party", "钱某", "阅后拒绝，未说理由", "李某", NOON)]
    filled = replace(_filled(form, values), signatures=officers, declined=declined)
    (noted,) = printing._data(filled)["signatures"][1]["declined"]  # type: ignore[index,call-overload]
    assert noted == {
        "name": "钱某",
        "reason": "阅后拒绝，未说理由",
        "noted_by": "李某",
        "at": "2026-11-18 12:00",
    }
    assert print_document(filled).startswith(b"%PDF-")


def test_choice_is_kept_as_its_code_and_read_in_words() -> None:
    (method,) = (f for f in load_forms(FORMS)["service-receipt"].field if f.name == "method")
    assert (method.shown("leaving"), method.shown("x")) == ("留置送达", "x")
    form = load_forms(FORMS)["service-receipt"]
    assert "“送达方式”不是所列的选项" in lacking(form, {"method": "owl"}, [], least={})
    assert "“送达方式”不是所列的选项" not in lacking(form, {"method": "post"}, [], least={})


def test_filled_fields_answer_for_the_items_of_the_law() -> None:
    form = load_forms(FORMS)["inspection-record"]
    assert form.items({"officers": "李某（1）", "notice": " ", "place": "某路"}) == {
        "format_version", "count", "names", "card_numbers", "place",
    }  # fmt: skip


def test_rows_of_a_list_are_as_wide_as_its_columns_and_an_empty_one_is_printed_to_be_filled_in_by_hand() -> (
    None
):
    form = load_forms(FORMS)["item-list"]
    (items,) = (f for f in form.field if f.columns)
    assert items.rows("铁架\t大\t3\n\n 遮阳棚 ") == [["铁架", "大", "3", "", ""], ["遮阳棚", "", "", "", ""]]
    for value in ("", "铁架\t大\t3\t\t旧"):
        assert print_document(_filled(form, {"items": value})).startswith(b"%PDF-")


def test_mark_over_the_edges_is_parted_among_the_pages_and_pages_are_counted() -> None:
    form = load_forms(FORMS)["interview"]
    values = {"content": "问：到过这里吗？答：到过。\n" * 200}
    marks = [
        Marked("", "钱某", NOON, "M 1 1 L 50 50"),
        Marked("第 1 页第 3 行“五”改为“三”", "钱某", NOON, "M 1 1"),
    ]
    several = replace(_filled(form, values), marks=marks)
    assert pages_of(several) == 7
    printed = print_document(several)
    assert len(pikepdf.open(io.BytesIO(printed)).pages) == 7
    assert printed != print_document(replace(several, marks=marks[1:]))
    assert pages_of(_filled(form, {})) == 1


def test_template_without_the_common_layout_tells_no_page_count(statement: Form) -> None:
    with pytest.raises(Malformed, match="数不出页数"):
        pages_of(_filled(replace(statement, template="= bare")))
    with pytest.raises(Malformed, match="模板有误"):
        pages_of(_filled(replace(statement, template="#unknown()")))


DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="


def _wide(width: int, height: int) -> str:
    """The head of a PNG that says it is so large."""
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", width, height, 8, 0, 0, 0, 0)
    return base64.b64encode(head + bytes(20)).decode()


def test_picture_of_a_fingerprint_is_printed_and_anything_else_refused(statement: Form) -> None:
    assert print_document(_filled(statement, image=f"data:image/png;base64,{DOT}")).startswith(b"%PDF-")
    for other in (
        "data:image/png;base64,AAAA",
        f"data:image/svg+xml;base64,{DOT}",
        f'data:image/png;base64,{DOT}"/>',
        "data:image/png;base64," + "iVBORw0KGgo" + "A" * 200_000,
        "data:image/png;base64," + _wide(2001, 1),
        "data:image/png;base64," + _wide(1, 1 << 31),
        "data:image/png;base64," + _wide(0, 5),
    ):
        with pytest.raises(Malformed, match="格式不对"):
            drawn(other)


def test_agency_adds_its_own_form_as_one_file_in_the_common_layout(tmp_path: Path) -> None:
    (tmp_path / "common.typ").write_text((FORMS / "common.typ").read_text("utf-8"), "utf-8")
    own = """id = "night-note"
version = "1"
title = "夜间巡查记录"
family = "record"
says = "写明路线和发现。"
about = ["activity", "case"]

[[field]]
name = "route"
label = "路线"

[[signature]]
role = "officer"
label = "巡查人员"
"""
    (tmp_path / "night-note.form").write_text(own, "utf-8")
    form = load_forms(tmp_path)["night-note"]
    assert (form.about, form.stage, form.items({"route": "南门"})) == (
        ("activity", "case"), "", {"format_version", "route"},
    )  # fmt: skip
    assert print_document(_filled(form, {"route": "南门至北门"})).startswith(b"%PDF-")
