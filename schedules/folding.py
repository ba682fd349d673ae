"""Folding: one key for a text however its letters were typed, for search and for file names."""

import re
import unicodedata

# Letters of Vietnamese and Ê Đê that Unicode does not decompose (đ, the eth typed in its place, ƀ), and the
# apostrophes of Ê Đê and M'Nông names, which are typed in many ways or left out: all of them go.
_LETTERS = str.maketrans({"đ": "d", "ð": "d", "ɖ": "d", "ƀ": "b", "ɓ": "b", "ı": "i"} | dict.fromkeys("'’‘‛ʼʻʹ′`´＇"))
_DROPPED = {"Mn", "Me", "Cf", "Lm", "Sk"}
_SPACES = re.compile(r"[\s\x00-\x1f\x7f]+")


def fold(text: str) -> str:
    """Lower case without marks, apostrophes and invisible letters, single spaces: "M’Đrắk" gives "mdrak".

    Folding a folded text changes nothing; a query and what it is looked for in must both be folded.
    """
    lowered = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.translate(_LETTERS)).casefold())
    plain = "".join(letter for letter in lowered.translate(_LETTERS) if unicodedata.category(letter) not in _DROPPED)
    return _SPACES.sub(" ", plain).strip()
