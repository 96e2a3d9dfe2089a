"""Every original read again and compared; rows and objects compared with each other. Reports, never repairs."""

from collections.abc import Iterator

from liuhen.apps.access.models import Package
from liuhen.apps.documents.models import Document, Print
from liuhen.apps.evidence.models import Derived, Recording, Upload
from liuhen.apps.evidence.queries import gone, uploads_by_key
from liuhen.apps.journal.queries import Fault
from liuhen.engines.vault import FileVault
from liuhen.kernel.digests import Digest, digest_of
from liuhen.kernel.errors import Malformed, Tampered

_BEGUN = {state.value: "上传已经终止或者并入，后台会清除" for state in Upload.BYTES_ARE_OVER} | {
    Upload.State.WHOLE.value: "分片已收完，还没有合并"
}


def verify_originals(vault: FileVault) -> Iterator[Fault]:
    """Each object once, however many entries it has."""
    rows = Recording.objects.exclude(pk__in=gone().values("recording")).order_by("sha256")
    yield from _verify(vault, rows.values_list("sha256", "sm3", "size", "number"), "原件")


def verify_copies(copies: FileVault) -> Iterator[Fault]:
    away = gone().values("recording")
    rows = Derived.objects.exclude(recording__in=away).order_by("sha256")
    yield from _verify(copies, rows.values_list("sha256", "sm3", "size", "recording__number"), "派生件")
    dead = {address for one in gone().values_list("copies", flat=True) for address in one}
    made = (
        Package.objects.filter(made_at__isnull=False, removal=None)
        .exclude(sha256__in=dead)
        .order_by("sha256")
    )
    yield from _verify(copies, made.values_list("sha256", "sm3", "size", "number"), "证据包")


def _verify(vault: FileVault, rows, what: str) -> Iterator[Fault]:  # type: ignore[no-untyped-def]
    from_before = None
    for sha256, sm3, size, number in rows.iterator(chunk_size=500):
        if sha256 == from_before:
            continue
        from_before = sha256
        try:
            found = vault.reread(Digest(sha256, sm3))
        except (Tampered, Malformed) as error:  # A row whose digest was edited is told like any other.
            yield Fault(f"{what} {number}（{sha256[:16]}…）", error.why)
            continue
        except OSError as error:
            yield Fault(f"{what} {number}（{sha256[:16]}…）", f"读不出来（{error.strerror}），请检查磁盘")
            continue
        if exposed := vault.exposed(Digest(sha256, sm3)):
            yield Fault(f"{what} {number}（{sha256[:16]}…）", exposed)
        if found.size != size:
            yield Fault(f"{what} {number}（{sha256[:16]}…）", f"大小应为 {size} 字节，现为 {found.size}")


def verify_prints() -> Iterator[Fault]:
    """The printed copy of each finalised document against the digests in its row."""
    for number, sha256, sm3, content in Print.objects.values_list(
        "document__number", "document__sha256", "document__sm3", "content"
    ).iterator(chunk_size=100):
        found = digest_of(bytes(content))
        if (found.sha256, found.sm3) != (sha256, sm3):
            yield Fault(f"文书 {number}", "打印件内容已改变")
    unprinted = Document.objects.filter(state=Document.State.FINALISED, printed=None).values_list(
        "number", flat=True
    )
    yield from (Fault(f"文书 {number}", "已定稿而没有打印件") for number in unprinted)


def reconcile(vault: FileVault) -> Iterator[Fault]:
    """Objects no row knows, rows whose object is gone, disposals that stopped half-way, uploads that were never finished."""
    away = set(gone().values_list("sha256", flat=True))
    here = Recording.objects.exclude(pk__in=gone().values("recording"))
    known = set(here.values_list("sha256", flat=True))
    held, aside = ({digest.sha256 for digest in found} for found in (vault.walk(), vault.aside()))
    for address in sorted(held - known - away):
        yield Fault(f"原件 {address}", "在库而没有登记（入库中途断电所致），原样保留")
    for address in sorted((held - known) & away):
        yield Fault(f"原件 {address}", "已列入销毁而还没有移出，后台会接着办")
    for address in sorted(known - held):
        numbers = "、".join(here.filter(sha256=address).values_list("number", flat=True))
        why = "在隔离区，后台会放回" if address in aside else "不在库"
        yield Fault(f"音像资料 {numbers}", f"有登记而原件 {address[:16]}… {why}")
    yield from _half_done(aside)
    left = list(vault.left_over())
    rows = uploads_by_key(left)
    for key in left:
        upload = rows.get(key)
        yield Fault(f"上传 {key}", _BEGUN.get(upload.state if upload else "", "尚未收完，可从断点继续"))


def _half_done(aside: set[str]) -> Iterator[Fault]:
    """What lies aside must be waiting for its day; a finished tombstone must have nothing left of it."""
    waiting = set(gone().filter(destroyed_at=None).values_list("sha256", flat=True))
    for address in sorted(aside - waiting):
        yield Fault(f"隔离区 {address}", "已登记销毁或者放回而残件还在，后台会接着办")
    rows = gone().filter(destroyed_at=None).exclude(sha256__in=aside)
    shared = Recording.objects.exclude(pk__in=gone().values("recording")).values("sha256")
    for number in rows.exclude(sha256__in=shared).values_list("recording__number", flat=True):
        yield Fault(f"音像资料 {number}", "登记为移出待销毁，隔离区却没有它的原件")
