"""What a file that is to be uploaded could be called and what it could be about, for its sender to accept or change."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log

from msgspec import Struct
from sqlmodel import col, select

from schedules.folding import fold
from server.db.library import Segment, Topic
from server.services.context import Context
from server.services.local_time import local_today
from server.services.plain_text import title_of
from server.services.rights import Right
from server.services.scopes import reached_segments

MOST_NAMES = 50
_EARLIER = 500  # segments whose titles are learned from, the latest
_CLEARLY = 1.3  # times as much as the next likely topic
_WEIGHT_OF_NAME = 2.0
# What people add to the names of files to tell them apart: never a part of a title.
_TAIL = re.compile(r"\s*(?:\(\d{1,2}\)|\b(?:v|ver|version)\s?\d{1,2}|\b(?:final|copy|ok|new))$", re.IGNORECASE)
_TRACK = re.compile(r"^\d{1,3}(?:\s*[.\-)]\s*|\s+)(?=\D)")


class Suggestion(Struct, frozen=True, kw_only=True):
    """`topic` is a code, null where no topic is clearly likelier than the others; `same` is the code of a segment that
    has this title already."""

    title: str
    topic: str | None
    same: str | None


def suggest(context: Context, names: Sequence[str]) -> list[Suggestion]:
    """For each name of a file, or title that the file itself says it has, in their order; of the first fifty."""
    with context.database.read() as session:
        reached = reached_segments(session, context.who, Right.SEGMENTS_SEND, local_today(context))
        earlier = session.exec(
            select(Segment.code, Segment.title, Segment.topic_id, Segment.state)
            .where(reached)
            .order_by(col(Segment.id).desc())
            .limit(_EARLIER)
        ).all()
        topics = {topic.id: topic for topic in session.exec(select(Topic))}
    by_name = _weights({topic.code: set(fold(topic.name).split()) for topic in topics.values()})
    titled: dict[str, set[str]] = {}
    taken: dict[str, str] = {}
    for code, title, topic_id, state in earlier:
        titled.setdefault(topics[topic_id].code, set()).update(fold(title).split())
        if state not in {"withdrawn", "discarded"}:
            taken.setdefault(fold(title), code)
    by_title = _weights(titled)
    found = []
    for name in names[:MOST_NAMES]:
        title = suggested_title(name)
        words = set(fold(title).split())
        topic = _likeliest(_scores(words, by_name, times=_WEIGHT_OF_NAME) + _scores(words, by_title, times=1.0))
        found.append(Suggestion(title=title, topic=topic, same=taken.get(fold(title))))
    return found


def suggested_title(name: str) -> str:
    """`mot-cua-ea-yong_v2.wav` is «Mot cua ea yong»: without what tells files apart, in the case of a title."""
    whole = title_of(name)
    text = whole.replace("_", " ")
    if " " not in text.strip() or not re.search(r"\s-\s", text):
        text = re.sub(r"(?<=\w)[-.](?=\w)", " ", text)
    text = _TRACK.sub("", " ".join(text.split()))
    while (shorter := _TAIL.sub("", text).strip(" -.")) != text and shorter:
        text = shorter
    if text.isupper():
        text = text.lower()
    return text[:1].upper() + text[1:] if text else whole


def _weights(words: Mapping[str, Iterable[str]]) -> dict[str, dict[str, float]]:
    """By topic its words, each the heavier the fewer topics have it."""
    topics_with = Counter(word for own in words.values() for word in set(own))
    return {code: {word: log((len(words) + 1) / topics_with[word]) for word in own} for code, own in words.items()}


def _scores(words: set[str], weights: Mapping[str, Mapping[str, float]], *, times: float) -> "Counter[str]":
    scores: Counter[str] = Counter()
    for code, own in weights.items():
        scores[code] = sum(weight for word, weight in own.items() if word in words) * times  # type: ignore[assignment]  # floats count as well
    return scores


def _likeliest(scores: "Counter[str]") -> str | None:
    ranked = [*scores.most_common(2), ("", 0), ("", 0)]
    (first, most), (_second, next_most) = ranked[:2]
    return first if most > 0 and most >= next_most * _CLEARLY else None
