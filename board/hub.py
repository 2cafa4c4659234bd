"""The hub: sends what changed to every open page, the same bytes to all who see the same.

A viewer is a response that never ends. To push to one, the server's `send` is run by hand: either
it is done at once, without a task of its own, or the viewer's buffer is full. Such a viewer lags:
it gets nothing until its buffer has drained, and then what it missed, or the word to fetch the
page anew. See docs/decisions/0040-live-hub.md.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from litestar.types import HTTPResponseBodyEvent, Receive, Send

from board.frames import News, Topic, frame, message
from board.recent import LARGEST_ANSWER, Recent

TICK = 0.1  # seconds; how long news is gathered after some was sent
AT_A_TIME = 200  # viewers served before other requests get their turn
UNKNOWN = -1  # the position of a viewer who has seen nothing of use

Concerns = Callable[[Topic], bool]


class HubClosed(Exception):
    """The server is stopping: no new viewers."""


class Viewer:
    """One open stream. `position`: they have seen all that happened up to here.

    given: the hub's last publication that they have, counted.
    """

    __slots__ = ("ended", "given", "lagging", "position", "send", "topic")

    def __init__(self, topic: Topic, send: Send, *, after: int) -> None:
        self.topic = topic
        self.send = send
        self.position = after
        self.given = 0
        self.lagging = False
        self.ended = False

    def push(self, event: HTTPResponseBodyEvent) -> bool:
        """Send it now, or not at all: False where the buffer is full or the line is down."""
        sending = self.send(event).__await__()
        try:
            next(sending)
        except StopIteration:
            return True
        except (OSError, RuntimeError):
            return False
        sending.close()
        return False


class Hub:
    """All viewers of this process. `published`: the log's position up to which news was given.

    sent: how many pushes reached a buffer. fell_behind: how often a viewer's buffer was full.
    """

    def __init__(self, position: int = 0, *, tick: float = TICK) -> None:
        self.published = position
        self.closed = False
        self.sent = 0
        self.fell_behind = 0
        #: Called when viewers of a topic may lack what was published without being kept.
        self.on_return: Callable[[Topic], object] = lambda _: None
        self._tick = tick
        self._publications = 0
        self._recent = Recent(position)
        self._topics: dict[Topic, set[Viewer]] = {}
        self._pending: dict[tuple[str, str, str], News] = {}
        self._anew: list[Concerns] = []
        self._beat: Callable[[Topic], bytes] | None = None
        self._wake = asyncio.Event()
        self._reviving: set[asyncio.Task[None]] = set()

    @property
    def topics(self) -> dict[Topic, int]:
        """What is being looked at now, and by how many."""
        return {topic: len(viewers) for topic, viewers in self._topics.items()}

    @property
    def viewers(self) -> int:
        """How many streams are open, the lagging ones too."""
        return sum(self.topics.values())

    @property
    def lagging(self) -> int:
        """How many viewers wait for their buffer to drain."""
        return len(self._reviving)

    def publish(self, news: Sequence[News], position: int, *, keep: bool = True) -> None:
        """Send `news`, which is all there is up to `position`: at once, or with the next tick.

        keep: for those who come back, too.
        """
        if keep:
            self._recent.add(news)
        self._pending.update({(one.view, one.site, one.key): one for one in news})
        self.published = max(self.published, position)
        self._publications += 1
        self._wake.set()

    def fetch_anew(self, concerns: Concerns) -> None:
        """Tell the viewers whom it concerns to fetch their page anew."""
        self._anew.append(concerns)
        self._wake.set()

    def forget(self, position: int) -> None:
        """Begin again at `position`, earlier or later: who comes back from before fetches anew."""
        self.published = position
        self._recent.forget(position)
        for viewers in self._topics.values():
            for viewer in viewers:
                viewer.position = min(viewer.position, position)

    def beat(self, says: Callable[[Topic], bytes]) -> None:
        """Tell every viewer that nothing is kept from them, and what `says` to their topic."""
        self._beat = says
        self._wake.set()

    async def run(self) -> None:
        """Deliver until closed: at once when it was quiet, gathered per tick when it was not."""
        while not self.closed:
            await self._wake.wait()
            self._wake.clear()
            await self._deliver()
            await asyncio.sleep(self._tick)

    async def watch(self, viewer: Viewer, receive: Receive, hello: bytes = b"") -> None:
        """Serve a viewer whose response has begun, until they leave or are sent away.

        hello: what they get after what they missed. Raises HubClosed.
        """
        if self.closed:
            raise HubClosed
        self._topics.setdefault(viewer.topic, set()).add(viewer)
        try:
            self._push(viewer, _body(self._missed(viewer) + hello), self.published)
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._remove(viewer)

    def end(self, viewer: Viewer, farewell: bytes = b"") -> None:
        """Send one viewer away; a lagging one as soon as their buffer has drained."""
        if viewer.ended:
            return
        self._remove(viewer)
        if not viewer.lagging and not viewer.push(_body(farewell, last=True)):
            self._wait_for(viewer)

    def close(self) -> None:
        """Send everybody away; from now on watch() raises HubClosed."""
        self.closed = True
        self._wake.set()
        for viewers in list(self._topics.values()):
            for viewer in list(viewers):
                self.end(viewer)

    async def _deliver(self) -> None:
        pending, self._pending = self._pending, {}
        anew, self._anew = self._anew, []
        says, self._beat = self._beat, None
        position, publications, served = self.published, self._publications, 0
        for topic, viewers in list(self._topics.items()):
            again = any(concerns(topic) for concerns in anew)
            body = _resync(position) if again else _told(topic, pending.values(), position)
            if says is not None:
                body += message(says(topic), event="heartbeat", position=position)
            if not body:
                continue
            event = _body(body)
            for viewer in list(viewers):
                if again:
                    viewer.position = UNKNOWN  # also for those who lag
                elif viewer.given >= publications and says is None:
                    continue  # came, or came back, since: they were answered with all of it
                self._push(viewer, event, position)
                viewer.given = publications
                served += 1
                if served % AT_A_TIME == 0:
                    await asyncio.sleep(0)

    def _push(self, viewer: Viewer, event: HTTPResponseBodyEvent, position: int) -> None:
        # The last: whoever came or came back while this was delivered is further already.
        if viewer.lagging or viewer.ended or viewer.position > position:
            return
        if viewer.push(event):
            viewer.position = position
            self.sent += 1
        else:
            self.fell_behind += 1
            self._wait_for(viewer)

    def _missed(self, viewer: Viewer) -> bytes:
        """What came after the position that the viewer has seen."""
        news = None
        if viewer.position <= self.published:
            news = self._recent.since(viewer.topic, viewer.position)
        viewer.position = min(viewer.position, self.published)
        viewer.given = self._publications
        if news is None:
            return _resync(self.published)
        return frame(news, self.published) if news else b""

    def _wait_for(self, viewer: Viewer) -> None:
        viewer.lagging = True
        task = asyncio.create_task(self._revive(viewer))
        self._reviving.add(task)
        task.add_done_callback(self._reviving.discard)

    async def _revive(self, viewer: Viewer) -> None:
        try:
            await viewer.send(_body(b":\n\n"))  # a comment; comes back when the buffer has drained
        except (OSError, RuntimeError):
            return  # the line is down, which `receive` tells to watch()
        viewer.lagging = False
        self.on_return(viewer.topic)
        if viewer.ended:
            viewer.push(_body(b"", last=True))
        elif missed := self._missed(viewer):
            self._push(viewer, _body(missed), self.published)

    def _remove(self, viewer: Viewer) -> None:
        viewer.ended = True
        viewers = self._topics.get(viewer.topic, set())
        viewers.discard(viewer)
        if not viewers:
            self._topics.pop(viewer.topic, None)


def _told(topic: Topic, pending: Iterable[News], position: int) -> bytes:
    wanted = [one for one in pending if topic.wants(one)]
    body = frame(wanted, position) if wanted else b""
    return body if len(body) <= LARGEST_ANSWER else _resync(position)


def _resync(position: int) -> bytes:
    return message(b"", event="resync", position=position)


def _body(body: bytes, *, last: bool = False) -> HTTPResponseBodyEvent:
    return {"type": "http.response.body", "body": body, "more_body": not last}
