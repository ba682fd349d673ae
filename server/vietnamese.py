"""Vietnamese order of names, as a key that databases can compare byte by byte."""

import unicodedata

from vn_collate import collate_key

# Letters of Ê Đê and its neighbours that the collation does not know stand with their plain letters,
# and after them where the rest is equal.
_NEIGHBOURS = str.maketrans("ƀɃčČŏŎñÑĭĬĕĔ", "bBcCoOnNiIeE")


def sort_key(text: str) -> str:
    """Hexadecimal, so that every database compares it alike; Buôn Đôn < Buôn Hồ < Buôn Ma Thuột."""
    composed = unicodedata.normalize("NFC", text)
    plain = composed.translate(_NEIGHBOURS)
    return f"{collate_key(plain).encode().hex()}.{composed.encode().hex()}"
