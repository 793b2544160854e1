"""What was said, each saying once, as columns: they differ in little but their time."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from napari_dinobloom.study.column import Column
from napari_dinobloom.study.statements import Saying

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class _Text(NamedTuple):
    """All of a `Saying` but when."""

    class_name: str | None
    author: str
    source: str
    prediction: str
    note: str


class Sayings:
    """Sayings in the order in which they came, sixteen bytes for one more.

    Parameters
    ----------
    word_of
        A number that sums a saying up; asked once for all that differ in time only.
    """

    def __init__(self, word_of: Callable[[Saying], int]) -> None:
        self._word_of = word_of
        self._text, self._at = Column(np.int32), Column(np.int64)
        self._texts: list[_Text] = []
        self._text_of: dict[_Text, int] = {}
        self._words = Column(np.int32)
        self._odd_times: list[str] = []
        self._odd_of: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._text)

    def __getitem__(self, number: int) -> Saying:
        text = self._texts[self._text.values[number]]
        at = self._when(int(self._at.values[number]))
        return Saying(text.class_name, text.author, at, *text[2:])

    def part(self, first: int, end: int) -> list[Saying]:
        """Those from one number up to another."""
        return [self[number] for number in range(first, end)]

    def extend(self, sayings: Iterable[Saying]) -> None:
        """Add some at the end."""
        new = list(sayings)
        self._text.extend(np.array([self._number_of(s) for s in new], np.int32))
        self._at.extend(np.array([self._moment(s.at) for s in new], np.int64))

    def cut(self, n: int) -> None:
        """Keep the first n."""
        self._text.cut(n)
        self._at.cut(n)

    def words(self, numbers: np.ndarray) -> np.ndarray:
        """(n,) int32: the word of each of these sayings."""
        words: np.ndarray = self._words.values[self._text.values[numbers]]
        return words

    def _number_of(self, saying: Saying) -> int:
        text = _Text(saying.class_name, saying.author, *saying[3:])
        number = self._text_of.get(text)
        if number is None:
            number = self._text_of[text] = len(self._texts)
            self._texts.append(text)
            self._words.extend(np.array([self._word_of(saying)], np.int32))
        return number

    def _moment(self, at: str) -> int:
        """Milliseconds since 1970; what is written otherwise is kept as it is, once."""
        try:
            moment = (datetime.fromisoformat(at) - _EPOCH) // _MILLISECOND
        except (ValueError, TypeError):  # no time, or one without its zone
            moment = -1
        if moment >= 0 and _written(moment) == at:
            return moment
        number = self._odd_of.setdefault(at, len(self._odd_times))
        if number == len(self._odd_times):
            self._odd_times.append(at)
        return -1 - number

    def _when(self, moment: int) -> str:
        return _written(moment) if moment >= 0 else self._odd_times[-1 - moment]


def _written(moment: int) -> str:
    """As `now` writes it."""
    return (_EPOCH + moment * _MILLISECOND).isoformat(timespec="milliseconds")
