"""`sluice produce`: send events into Kinesis or Firehose."""

import argparse

from glue_jobs.core.errors import OptionError

_EVENTS = ("mobile-coverage", "orders")


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command; its arguments, `--help` among them, are the producer's own."""
    # With no prefix character "--rate" is a word like any other, so that all words reach the producer.
    parser = verbs.add_parser(
        "produce",
        help="send events: mobile-coverage (default) or orders",
        add_help=False,
        prefix_chars="\0",
    )
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    parser.set_defaults(verb=produce)


def produce(arguments: argparse.Namespace) -> int:
    """Hand over to the producer of the event that the first word names; of mobile coverage without one."""
    words = arguments.arguments
    event = words.pop(0) if words and not words[0].startswith("-") else None
    if event == "orders":
        from producers import orders_producer

        return orders_producer.main(words, prog="sluice produce orders")
    if event not in (None, "mobile-coverage"):
        raise OptionError(f"produce: got the event {event!r}; give one of {', '.join(_EVENTS)}")
    from producers import kinesis_producer

    return kinesis_producer.main(words, prog="sluice produce" if event is None else f"sluice produce {event}")
