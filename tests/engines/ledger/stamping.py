"""A local time-stamp authority: `openssl ts` with a root of its own, for tests. Wrong ones are made by changing one thing."""

import subprocess
from pathlib import Path

from cryptography import x509

_CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = {name}
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
[tsa]
extendedKeyUsage = {usage}
[tsa_config]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = {ess}
"""


class OpenSslAuthority:
    """Root and signer in a folder; `reply` stamps a query."""

    def __init__(
        self,
        folder: Path,
        *,
        usage: str = "critical,timeStamping",
        algorithm: str = "rsa:2048",
        days: int = 30,
        ess: str = "sha256",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.config = folder, folder / "ts.cnf"
        self.config.write_text(_CONFIG.format(name="Test", usage=usage, folder=folder, ess=ess))
        (folder / "serial").write_text("01\n")
        new = [
            "-newkey",
            *(["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if algorithm == "ec" else [algorithm]),
            "-nodes",
        ]
        self._run("req", "-x509", *new, "-config", self.config, "-extensions", "root", "-subj", "/CN=Root", "-days", "60",
                  "-keyout", folder / "root.key", "-out", folder / "root.pem")  # fmt: skip
        self._run(
            "req",
            *new,
            "-config",
            self.config,
            "-subj",
            "/CN=TSA",
            "-keyout",
            folder / "tsa.key",
            "-out",
            folder / "tsa.csr",
        )
        self._run("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "root.pem", "-CAkey", folder / "root.key", "-CAcreateserial",
                  "-extfile", self.config, "-extensions", "tsa", "-days", str(days), "-out", folder / "tsa.pem")  # fmt: skip

    @property
    def root(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / "root.pem").read_bytes())

    def reply(self, query: bytes, *, with_chain: bool = False) -> bytes:
        asked, told = self.folder / "q.tsq", self.folder / "r.tsr"
        asked.write_bytes(query)
        chain = ["-chain", self.folder / "root.pem"] if with_chain else []
        self._run("ts", "-reply", "-config", self.config, "-section", "tsa_config", "-queryfile", asked, "-signer", self.folder / "tsa.pem",
                  "-inkey", self.folder / "tsa.key", *chain, "-out", told)  # fmt: skip
        return told.read_bytes()

    def _run(self, *arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)
