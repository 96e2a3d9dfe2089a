"""Forms: strict reading, completeness in plain words, printing that embeds its fonts and refuses what it cannot print."""

import dataclasses
import io
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
from liuhen.engines.forms.filled import stated_in
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


HEAD = 'id = "x"\nversion = "1"\ntitle = "甲"\nfamily = "f"\nsays = "s"\n'
FIELD = '[[field]]\nname = "a"\nlabel = "甲"\n'
SIGNATURE = '[[signature]]\nrole = "officer"\nlabel = "人员"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no divider", "应为一段 TOML"),
        (f"{HEAD}{FIELD}{SIGNATURE}\n+++\n  \n", "应为一段 TOML"),
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
    officers = [Signed("officer", name, NOON) for name in ("李某", "王某")]
    assert lacking(form, values, officers, least={}) == lacks
    assert (stated_in(values) is not None) == stated


def test_party_may_sign_the_print_by_hand_and_moments_are_printed_as_people_read_them() -> None:
    form = load_forms(FORMS)["inspection-record"]
    assert [slot.least for slot in form.signature] == [2, 0]
    values = {f.name: "x" for f in form.field} | {"begun": "2026-11-18T01:00+00:00", "ended": "bald"}
    shown = {f["label"]: f["value"] for f in printing._data(_filled(form, values))["fields"]}  # type: ignore[index,attr-defined]
    assert (shown["检查开始"], shown["检查结束"]) == ("2026-11-18 09:00", "bald")
