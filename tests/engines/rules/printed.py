"""A regulation of our own, misprinted on purpose in every way the founding texts are. Nothing in it is in force anywhere."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

TOWN = """\
附件 2

青石镇人民政府
巡查记录管理规定
(试行)
2026年3月1日 镇长办公会议通过

第一章 总　则

第一条 为管好巡查记录，定本规定。
第二条\u00a0巡查应当录像。
巡查时须有两名以上人员，每三人
至少一台设备。
第二条　镇里的监察室每月抽查三分之一的录像。
第四章 保存和交接的
办法
第四条 下列录像保存二年：
- （一）处罚用的；
（二）举报人送来的，其中：
1、原件由档案室收；
2、复制件由举报人
自留；
（三）其他。
上列以外的，保存六个月。
第五地条 录像应当在二十四小时内入库。
- 3 -
第七条 第二条第二款所说的人员，指正式在编人员。
第四章 附　则
第八条本规定由镇里解释。
附件：巡查事项清单

附件
青石镇巡查事项
清单
序号\t事项\t地点
1\t河道\t沿河道路
2\t\t桥下
"""

BODY = "urn:word"


def docx(body: str, *, numbering: str = "", extra: dict[str, bytes] | None = None) -> bytes:
    """A Word file with `body` as its elements."""
    whole = f'<?xml version="1.0"?><w:document xmlns:w="{BODY}"><w:body>{body}</w:body></w:document>'
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", whole)
        if numbering:
            archive.writestr("word/numbering.xml", f'<w:numbering xmlns:w="{BODY}">{numbering}</w:numbering>')
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def paragraph(text: str, *, list_: str = "", level: int = 0) -> str:
    numbered = f'<w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_}"/></w:numPr></w:pPr>'
    return f"<w:p>{numbered if list_ else ''}<w:r><w:t>{text}</w:t></w:r></w:p>"


def table(rows: list[list[str]]) -> str:
    told = "".join(
        "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows
    )
    return f"<w:tbl>{told}</w:tbl>"
