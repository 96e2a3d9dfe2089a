"""What can be said about a file: the codes of findings, their short titles, and the value that carries one.

Every part of the engine that notices something makes a `Finding`; pages filter by `code` and print `title` and
`says`. A finding describes; it never decides what a defect means for the case.
"""

from dataclasses import dataclass
from typing import Literal

Confidence = Literal["high", "medium", "low"]
Spans = tuple[tuple[float, float], ...]

TITLES = {
    "empty_file": "空文件",
    "unreadable": "无法读取",
    "no_media": "没有音像内容",
    "disguised": "内容与音像文件不符",
    "header_without_data": "有索引，无内容",
    "data_box_longer_than_file": "数据块超出文件长度",
    "header_duration_wrong": "文件头时长不实",
    "truncated": "文件不完整",
    "data_elsewhere": "内容不在本文件",
    "not_finished": "录制未正常结束",
    "decode_errors": "部分内容损坏",
    "no_audio_track": "没有声音轨",
    "silent": "无声",
    "black": "黑屏",
    "frozen": "画面静止",
    "very_dark": "画面过暗",
    "covered": "镜头被遮住",
    "overexposed": "画面过曝",
    "blurred": "画面模糊",
    "gap": "画面中断",
    "frames_dropped": "丢帧",
    "variable_rate": "帧率不稳",
    "audio_detached": "声音不全",
    "pieced": "由几段拼成",
    "cut": "画面跳切",
    "clock_suspicious": "时钟可疑",
    "clock_jumped": "时钟跳变",
    "clock_disagrees": "时钟互相矛盾",
    "clock_zone_doubtful": "时区可疑",
    "incomplete_check": "检查未完成",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`says` is a whole Chinese sentence; `spans` are seconds from the beginning of the recording.

    `measure` is the figure behind the finding; its unit is told in `says` (seconds, dB, luma, blur width).
    """

    code: str
    says: str
    spans: Spans = ()
    measure: float | None = None
    confidence: Confidence = "high"

    @property
    def title(self) -> str:
        """The short name for lists and filters."""
        return TITLES[self.code]
