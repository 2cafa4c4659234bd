"""What goes over the live stream: a piece of news, who may see it, and its bytes on the wire."""

import re
from collections.abc import Iterable
from typing import NamedTuple

_NEWLINE = re.compile(rb"\r\n|\r|\n")


class Topic(NamedTuple):
    """What a page looks at. All viewers of one topic get the same bytes.

    view: which page, such as "board". sites: whose news it may hold; None is every site.
    """

    view: str
    sites: frozenset[str] | None

    def wants(self, news: "News") -> bool:
        """Whether viewers of this topic may see `news`, and have a place for it."""
        return self.view == news.view and (self.sites is None or news.site in self.sites)


class News(NamedTuple):
    """The latest state of one thing on a page: a row of the board, a block of a wall.

    position: of the log's event that made it so. html: what replaces the thing in the page.
    note: one JSON object for scripts, or nothing.
    """

    position: int
    view: str
    site: str
    key: str
    html: bytes
    note: bytes = b""


def partial(target: str, html: bytes, swap: str = "outerMorph") -> bytes:
    """`html` on its way to the element that the selector `target` finds, if the page has it."""
    return b'<hx-partial hx-target="%b" hx-swap="%b">%b</hx-partial>' % (
        target.encode(),
        swap.encode(),
        html,
    )


def message(data: bytes, *, event: str = "", position: int | None = None) -> bytes:
    """One message of a text/event-stream; `data` may hold any kind of line end."""
    head = b"id: %d\n" % position if position is not None else b""
    if event:
        head += b"event: %b\n" % event.encode()
    return head + b"data: " + _NEWLINE.sub(b"\ndata: ", data) + b"\n\n"


def frame(news: Iterable[News], position: int) -> bytes:
    """The news as one swap, then the notes about it as one `changed` event.

    Only the last message carries the position: a line that breaks between the two is then asked
    for both again.
    """
    html, notes = [], []
    for one in news:
        html.append(one.html)
        if one.note:
            notes.append(one.note)
    if not notes:
        return message(b"".join(html), position=position)
    changed = b"[" + b",".join(notes) + b"]"
    return message(b"".join(html)) + message(changed, event="changed", position=position)
