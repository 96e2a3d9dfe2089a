"""Whether current browsers play a file as it is. Where they do no proxy is made: ranges of the original are served."""

from liuhen.engines.media.report import Inspection

# Containers by what they may hold. HEVC is left out: Chromium without hardware does not play it.
_MP4 = {"h264", "av1", "vp9", "aac", "mp3", "opus", "flac"}
_PLAYED: dict[str, set[str]] = {
    "mp4": _MP4,
    "mov": _MP4,
    "m4a": {"aac", "mp3", "opus", "flac"},
    "3gp": {"h264", "aac"},
    "webm": {"vp8", "vp9", "av1", "opus", "vorbis"},
    "ogg": {"opus", "vorbis", "flac"},
    "mp3": {"mp3"},
    "flac": {"flac"},
    "wav": {"pcm_s16le", "pcm_u8", "pcm_s24le", "pcm_f32le"},
    "aac": {"aac"},
    "jpeg": {"jpeg"},
    "png": {"png"},
    "webp": {"webp"},
    "bmp": {"bmp"},
}
_SPOILS = {"unreadable", "no_media", "header_without_data", "not_finished", "empty_file", "disguised"}


def browser_can_play(inspection: Inspection) -> bool:
    """True where every sounding or moving track is one that browsers play in this container."""
    seen = [track.codec for track in inspection.tracks if track.kind != "data"]
    spoilt = any(finding.code in _SPOILS for finding in inspection.findings)
    return bool(seen) and not spoilt and set(seen) <= _PLAYED.get(inspection.format, set())
