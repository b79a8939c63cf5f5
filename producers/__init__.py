"""Replay real files, or generate faithful ones, into a stream or into files."""
