"""What an edit list and the sample descriptions say of a film's history: several pieces played one after the other, parts hidden.

A camera writes one piece and shows all of it. An editor that cuts without coding again leaves the samples where they are
and changes the list; what it hides is still in the file. Part of the box walk: no decoder.
"""

from liuhen.engines.media.boxes import child, children, number
from liuhen.engines.media.reading import Reading

HIDDEN = 1.0
_MOST = 1_000


def judge_pieces(moov: bytes, reading: Reading) -> None:
    """Add the finding on the film's own track, the first one."""
    scale = max(number(child(moov, b"mvhd"), 20 if child(moov, b"mvhd")[:1] == b"\1" else 12), 1)
    film = next((trak for kind, trak in children(moov) if kind == b"trak" and _is_film(trak)), b"")
    if not film:
        return
    shown = _shown(child(film, b"edts", b"elst"), scale)
    kinds = len(list(children(child(film, b"mdia", b"minf", b"stbl", b"stsd")[8:])))
    hidden = max(0.0, _length(child(film, b"mdia", b"mdhd")) - sum(shown)) if shown else 0.0
    told = [
        f"由 {len(shown)} 段拼接播放" if len(shown) > 1 else "",
        f"有 {kinds} 种编码设置" if kinds > 1 else "",
        f"有 {hidden:.1f} 秒录下的画面被设为不播放" if hidden >= HIDDEN else "",
    ]
    if any(told):
        says = (
            f"文件的索引表明画面{'，'.join(filter(None, told))}；摄录设备自己写的文件通常只有一段，全部播放。"
        )
        reading.note("pieced", says, measure=hidden or float(max(len(shown), kinds)), confidence="medium")


def judge_references(moov: bytes, reading: Reading) -> None:
    """Add the finding on tracks whose index says that their data lies in another file. That file is not opened."""
    traks = [trak for kind, trak in children(moov) if kind == b"trak"]
    lists = (child(trak, b"mdia", b"minf", b"dinf", b"dref")[8:] for trak in traks)
    outside = sum(any(entry[3:4] < b"\1" for _, entry in children(told)) for told in lists)
    if outside:
        says = f"有 {outside} 条轨道的索引说内容在另一个文件里；没有打开那个文件，只看了这一份。"
        reading.note("data_elsewhere", says, measure=float(outside))


def _is_film(trak: bytes) -> bool:
    return child(trak, b"mdia", b"hdlr")[8:12] == b"vide"


def _length(mdhd: bytes) -> float:
    wide = 8 if mdhd[:1] == b"\1" else 4
    return number(mdhd, 8 + 2 * wide, wide) / max(number(mdhd, 4 + 2 * wide), 1)


def _shown(elst: bytes, scale: int) -> list[float]:
    """The length of each piece that is played, in seconds; empty edits only wait."""
    if not elst:
        return []
    wide = 8 if elst[0] else 4
    found = []
    for index in range(min(number(elst, 4), _MOST)):
        at = 8 + index * (2 * wide + 4)
        length, media = number(elst, at, wide), number(elst, at + wide, wide, signed=True)
        if media >= 0 and length:
            found.append(length / scale)
    return found
