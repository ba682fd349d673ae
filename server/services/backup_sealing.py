"""Files of a backup: compressed or not, and sealed with AES-256-GCM where a key is set.

A sealed file is a line that says so, 16 random bytes, then pieces of 1 MiB, each sealed under a key of this file's own
with its number, whether it is the last, and the file's name: no piece can be changed, moved, left out or taken from
another file.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.services.backup_refusals import BackupKeyMissing, BackupKeyWrong

_HEAD = b"loa-sealed/1\n"
_SALT = 16
_TAG = 16
PIECE = 1 << 20


class Sealing:
    """`key`: 32 bytes, None: files are written as they are. Sealed files can be read with the key alone."""

    def __init__(self, key: bytes | None) -> None:
        self._key = key

    @property
    def seals(self) -> bool:
        return self._key is not None

    @property
    def key_name(self) -> str:
        """Tells keys apart and says nothing about them; empty: none."""
        if self._key is None:
            return ""
        return HKDF(algorithm=SHA256(), length=4, salt=None, info=b"loa backup key name").derive(self._key).hex()

    def mark(self, told: bytes) -> str:
        """HMAC-SHA-256 that only whoever has the key can make; empty: none."""
        if self._key is None:
            return ""
        own = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"loa backup description").derive(self._key)
        return hmac.new(own, told, hashlib.sha256).hexdigest()

    def plain_size(self, stored: int) -> int:
        """Of what a file of `stored` bytes holds, both in bytes; negative for what can't be such a file."""
        if self._key is None:
            return stored
        pieces = -(-(stored - len(_HEAD) - _SALT) // (PIECE + _TAG))
        return stored - len(_HEAD) - _SALT - pieces * _TAG

    def write(self, path: Path, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
        """Bytes and SHA-256 of the file as it lies there, synced. Raises OSError."""
        digest, size = hashlib.sha256(), 0
        with path.open("xb") as file:
            for piece in self._sealed(name, pieces) if self._key else pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
            file.flush()
            os.fsync(file.fileno())
        return size, digest.hexdigest()

    def read(self, path: Path, name: str) -> Iterator[bytes]:
        """What was written. Raises OSError, BackupKeyMissing, BackupKeyWrong (also: the file is not as it was)."""
        with path.open("rb") as file:
            head = file.read(len(_HEAD))
            if head != _HEAD:
                yield head
                while piece := file.read(PIECE):
                    yield piece
                return
            if self._key is None:
                raise BackupKeyMissing(path=str(path))
            box = _box(self._key, file.read(_SALT))
            number, piece = 0, file.read(PIECE + _TAG)
            while True:
                after = file.read(PIECE + _TAG)
                try:
                    yield box.decrypt(_nonce(number, is_last=not after), piece, name.encode())
                except InvalidTag as error:
                    raise BackupKeyWrong(path=str(path)) from error
                if not after:
                    return
                number, piece = number + 1, after

    def _sealed(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        salt = os.urandom(_SALT)
        yield _HEAD + salt
        box = _box(self._key or b"", salt)
        held, number = b"", 0
        for piece in pieces:
            held += piece
            while len(held) > PIECE:
                yield box.encrypt(_nonce(number, is_last=False), held[:PIECE], name.encode())
                held, number = held[PIECE:], number + 1
        yield box.encrypt(_nonce(number, is_last=True), held, name.encode())


def _box(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"loa backup").derive(key))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
