"""The leaflet of a package: what is in it and how to check it, in Chinese, for a person who has only the disc."""

from liuhen.engines.dossier.contents import Contents
from liuhen.kernel.clock import shown


def leaflet(contents: Contents) -> str:
    """README.txt."""
    if contents.copies:
        return "\n".join([*_head(contents), *_copies(contents), *_how(_COPIES_SAY), ""])
    return "\n".join([*_head(contents), *_recordings(contents), *_documents(contents), *_how(_SAYS), ""])


def _head(contents: Contents) -> list[str]:
    return [
        f"证据包 {contents.number}", "", f"制作机关：{contents.agency}", f"制作时间：{shown(contents.made_at)}（北京时间）",
        f"内容：{contents.title}", f"日志：{contents.house.partition(chr(10))[0]}", *(f"批准：{one}" for one in contents.basis), "",
    ]  # fmt: skip


def _recordings(contents: Contents) -> list[str]:
    found = [f"一、音像资料 {len(contents.recordings)} 份（data/originals，原件，一个字节未改）"]
    for index, taken in enumerate(contents.recordings, 1):
        found.append(f"  {index:03d}.{taken.suffix}  {taken.number}  {taken.title}")
        found.append(f"       {taken.size} 字节  SHA-256 {taken.digest.sha256}")
        found.append(f"       SM3 {taken.digest.sm3}")
        found += [f"       ※ {mark}" for mark in taken.marks]
        found += [
            f"       保管：{place.place}，{place.who}，{place.how}；{place.digest}" for place in taken.custody
        ]
    return [*found, ""]


def _copies(contents: Contents) -> list[str]:
    found = [f"一、遮挡副本 {len(contents.copies)} 份（data/copies）。本包没有原件"]
    for index, copy in enumerate(contents.copies, 1):
        found += [
            f"  {index:03d}.{copy.suffix}  {copy.number}  由 {copy.original_number} 制成",
            f"       {copy.size} 字节  SHA-256 {copy.digest.sha256}",
            f"       SM3 {copy.digest.sm3}",
            f"       原件 SHA-256 {copy.original.sha256}",
        ]
    return [
        *found,
        "  遮了哪些、每处的理由、谁制作、谁审核、与原件比对的结果，见 statement.pdf（statement.json 是同样的内容）",
        f"二、台账 {len(contents.lines)} 行，见 data/journal；与副本无关的登记没有放进来",
        "",
    ]


def _documents(contents: Contents) -> list[str]:
    found = [f"二、文书 {len(contents.documents)} 份（data/documents，PDF）"]
    found += [
        f"  {index:03d}.pdf  {paper.number}  {paper.title}"
        for index, paper in enumerate(contents.documents, 1)
    ]
    return [
        *found,
        f"三、查看记录 {len(contents.looks)} 次，台账 {len(contents.lines)} 行，见 data/journal",
        "",
    ]


_SAYS = (
    "核验能说明：原件自入库登记以后未改，台账、文书、查看记录与见证过的日志一致。",
    "核验不能说明：摄像机在入库之前所拍是否属实；包里未列的记录有没有；签名的笔迹是谁的。",
)
_COPIES_SAY = (
    "核验能说明：副本自制成登记以后未改，登记写明它由哪一份原件制成、另一人看过并同意、比对的结果是什么。",
    "核验不能说明：遮挡之外与原件相同，是制作机关比对以后登记的；没有原件，在这里不能重做一次。",
)


def _how(says: tuple[str, ...]) -> list[str]:
    return [
        "怎样核验（不用联网，不用安装，也不用通过制作机关）：",
        "  1. 用浏览器打开 verify.html，把整个包（文件夹或者 zip）拖进去；或者运行 python3 verify.py 包的位置。",
        "  2. 核验要用制作机关的公钥和见证单位的公钥，称为信任根文件。请向见证单位、上级机关或者档案机构另行取得，",
        "     不要用包里带的：包里的公钥只能看出内部是否一致。运行时加 --trust 信任根文件。",
        "  3. 包里的核验程序也可能被换掉。要紧的时候，请用从别处取得的同名程序再核一次，两个程序的结论应当逐项相同。",
        "",
        *says,
    ]
