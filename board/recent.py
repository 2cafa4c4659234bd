"""The latest news of each row, in the order of the log, as far back as memory is set aside for."""

from collections import OrderedDict
from collections.abc import Iterable

from board.frames import News, Topic

LARGEST_ANSWER = 256 * 1024  # bytes; above it the page itself is the cheaper answer


class Recent:
    """Answers "what came after this position?" for viewers who were away.

    entries, size: how many rows and how many bytes are kept at most.
    """

    def __init__(self, position: int, *, entries: int = 4096, size: int = 8 * 1024 * 1024) -> None:
        self.floor = position  # what happened up to here is forgotten
        self._entries = entries
        self._size = size
        self._held = 0
        self._news: OrderedDict[tuple[str, str, str], News] = OrderedDict()

    def add(self, news: Iterable[News]) -> None:
        """Keep each, in place of what was known of the same thing, and forget the oldest."""
        for one in news:
            name = (one.view, one.site, one.key)
            if (older := self._news.pop(name, None)) is not None:
                self._held -= _size(older)
            self._news[name] = one
            self._held += _size(one)
        while self._news and (len(self._news) > self._entries or self._held > self._size):
            _, oldest = self._news.popitem(last=False)
            self._held -= _size(oldest)
            self.floor = max(self.floor, oldest.position)

    def forget(self, position: int) -> None:
        """Answer for nothing up to `position` any more."""
        self._news.clear()
        self._held = 0
        self.floor = position

    def since(self, topic: Topic, after: int) -> list[News] | None:
        """What `topic` wants of all that came after `after`, oldest first.

        None: that is not known any more, or it is so much that the page is the better answer.
        """
        if after < self.floor:
            return None
        found: list[News] = []
        size = 0
        for one in reversed(self._news.values()):
            if one.position <= after:
                break
            if topic.wants(one):
                found.append(one)
                size += _size(one)
                if size > LARGEST_ANSWER:
                    return None
        return found[::-1]


def _size(news: News) -> int:
    return len(news.html) + len(news.note)
