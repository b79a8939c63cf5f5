"""Lengths of time in words."""

from datetime import timedelta


def duration_in_words(duration: timedelta) -> str:
    """`"2 minutes"`, or `"20 seconds"` where it is not in whole minutes."""
    seconds = int(duration.total_seconds())
    return f"{seconds // 60} minutes" if seconds % 60 == 0 else f"{seconds} seconds"
