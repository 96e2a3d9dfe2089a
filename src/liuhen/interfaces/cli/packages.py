"""What `liuhen package` does at the machine itself: nothing that was not approved, and every step with its line."""

import shutil
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from liuhen.apps.access.packages import build_package, fetch_package, order_package, packages
from liuhen.apps.access.packing import Parts
from liuhen.apps.journal.keys import house_text
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Refused


def make_package(office: Office, parts: Parts, *, number: str, target: Path) -> str:
    """Order where that is still to be done, build, and write the file. Raises `Refused`, `Unavailable`, `Tampered` as the acts do."""
    _check_new(target)
    package = packages().filter(number=number).first()
    if package is None:
        raise Refused(f"没有证据包 {number}", do="请核对包号：先在页面上申请，批准之后再制作。")
    if package.ordered_at is None:
        order_package(package, by=OPERATOR, at=now())
    build_package(package, parts=parts, copies=office.copies, signer=office.signer, at=now())
    digest = fetch_package(
        package, by=OPERATOR, at=now()
    )  # The copy that leaves by a file has its line as well.
    with office.copies.open(digest) as made, target.open("xb") as out:
        shutil.copyfileobj(made, out, 1 << 20)
    return f"证据包 {number} 已写到 {target}，{package.size} 字节，SHA-256 {package.sha256}"


def write_trust(office: Office, *, target: Path, roots: Sequence[Certificate] = ()) -> str:
    """The house's key, the witness policy and the time authority's roots, as a verifier takes them."""
    _check_new(target)
    told = [f"# liuhen: root {b64encode(one.public_bytes(Encoding.DER)).decode()}\n" for one in roots]
    target.write_text(
        f"log {house_text(office.signer)}\n{office.witness_text.rstrip()}\n{''.join(told)}", "utf-8"
    )
    return f"信任根文件已写到 {target}；请交由本机关以外的单位保存"


def _check_new(target: Path) -> None:
    if target.exists():
        raise Refused(f"{target} 已经存在，不覆盖", do="请换一个文件名。")
