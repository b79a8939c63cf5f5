"""How many of something, in words."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 hour`, `1,203 hours`; `many` where it is more than `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
