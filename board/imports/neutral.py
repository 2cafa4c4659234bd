"""Text that no spreadsheet takes for a formula."""

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutral(text: str) -> str:
    """The same text, with an apostrophe in front where a spreadsheet would run it.

    Reading such a file here takes the apostrophe off again.
    """
    return f"'{text}" if text.startswith(_RUNS) else text
