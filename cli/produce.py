"""`sluice produce`: send mobile coverage events into Kinesis."""

import argparse


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command; its arguments, `--help` among them, are the producer's own."""
    # With no prefix character "--rate" is a word like any other, so that all words reach the producer.
    parser = verbs.add_parser("produce", help="send events into Kinesis", add_help=False, prefix_chars="\0")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    parser.set_defaults(verb=produce)


def produce(arguments: argparse.Namespace) -> int:
    """Hand over to the producer."""
    from producers import kinesis_producer

    return kinesis_producer.main(arguments.arguments, prog="sluice produce")
