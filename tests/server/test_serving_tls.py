"""The service with a certificate of its own, over a real line."""

import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.server.cli.command import environment
from tests.server.homes import copy_home

PORT = 18_443


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    files[1].chmod(0o600)
    return files


def test_it_serves_https_itself_and_says_so_to_browsers(empty_home: Path, tmp_path: Path) -> None:
    home = copy_home(empty_home, tmp_path / "home")
    cert, key = certificate(tmp_path)
    settings = {"LOA_PORT": str(PORT), "LOA_TLS_CERT": str(cert), "LOA_TLS_KEY": str(key)}
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "serve"],
        env=environment(home, **settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    trusting = ssl.create_default_context(cafile=str(cert))
    try:
        for _ in range(600):
            try:
                request = urllib.request.urlopen(f"https://localhost:{PORT}/health", context=trusting, timeout=10)
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None, process.communicate()[1].decode()
                time.sleep(0.1)
        with request as answer:
            assert answer.status == 200
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
            assert answer.headers["server"] is None
    finally:
        process.terminate()
        said = process.communicate(timeout=60)[1].decode()
    assert f"https://127.0.0.1:{PORT}" in said
