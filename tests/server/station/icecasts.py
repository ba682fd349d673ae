"""A real Icecast on the loopback."""

import os
import pwd
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from tests.ports import own_port

PASSWORD = "nguon"  # noqa: S105 (of an Icecast that lives as long as a test)
_SETTINGS = """<icecast>
<limits><clients>20</clients><sources>5</sources><burst-size>0</burst-size></limits>
<authentication><source-password>{password}</source-password><relay-password>{password}</relay-password>
<admin-user>admin</admin-user><admin-password>{password}</admin-password></authentication>
<hostname>127.0.0.1</hostname>
<listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
<paths><logdir>{folder}</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>
<logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>3</loglevel></logging>
<security><chroot>0</chroot>{owner}</security>
</icecast>
"""


@contextmanager
def icecast(folder: Path) -> Iterator[int]:
    """Its port. Started by root it goes on as nobody, because it refuses to be root."""
    folder.mkdir()
    port = own_port()
    owner = ""
    if os.geteuid() == 0:
        owner = "<changeowner><user>nobody</user><group>nogroup</group></changeowner>"
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        for parent in folder.parents:
            parent.chmod(parent.stat().st_mode | 0o011)
            if parent.name.startswith("pytest-of-"):
                break
    settings = folder / "icecast.xml"
    settings.write_text(_SETTINGS.format(password=PASSWORD, port=port, folder=folder, owner=owner))
    said = (folder / "said").open("wb")
    process = subprocess.Popen(["icecast2", "-c", str(settings)], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        end = monotonic() + 20
        while not _listens(port):
            assert monotonic() < end, (folder / "said").read_text()
            assert process.poll() is None, (folder / "said").read_text()
            sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()
        said.close()


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
