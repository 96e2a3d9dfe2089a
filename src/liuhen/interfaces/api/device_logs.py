"""A recorder's log on its page: by which form it was read, what it says line by line, and what could not be read."""

from liuhen.apps.evidence.device_logs import events_of, is_device_log, log_of
from liuhen.apps.evidence.models import DeviceLog, Recording
from liuhen.engines.media.device_logs import EVENTS
from liuhen.interfaces.api.shapes import DeviceLogShown, LogLine

_MOST = 200
_WORDS: dict[str, str] = {what: word for what, word in EVENTS.items() if what != "other"}


def device_log_shown(row: Recording) -> DeviceLogShown | None:
    """None for what is no log."""
    if row.form not in (Recording.Form.LOG, Recording.Form.UNKNOWN) or not is_device_log(row):
        return None
    log = log_of(row.pk)
    if log is None:
        return None
    lines = [
        LogLine(at=event.told_at, what=_WORDS.get(event.what, event.word), file=event.file)
        for event in events_of(log, most=_MOST)
    ]
    return DeviceLogShown(says=_says(log, len(lines)), lines=lines)


def _says(log: DeviceLog, shown: int) -> str:
    if not log.form:
        return "没有一种已知的日志格式读得懂这个文件；文件照原样保存。格式可由系统管理员添加，见 device-logs.toml。"
    told = [f"按格式 {log.form}（{log.encoding}）读出 {log.count} 件事，时间依设备自己的时钟"]
    if log.unread:
        told.append(f"{log.unread} 行没有读懂")
    if log.backward:
        told.append(f"时间倒退 {log.backward} 次，设备时钟曾被拨动，或者日志被改动")
    if shown < log.count:
        told.append(f"下面列出本日志首先记下的 {shown} 件，其余见于该设备其他日志或者原件")
    return "；".join(told) + "。"
