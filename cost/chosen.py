"""The settings of each stack that cost something, typed, and checked as the stack would."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from cost.workers import DPU
from glue_jobs.core.errors import OptionError, SetupError

FARGATE_MEMORY: Mapping[float, Collection[int]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4097, 1024),
    1024: range(2048, 8193, 1024),
    2048: range(4096, 16385, 1024),
    4096: range(8192, 30721, 1024),
    8192: range(16384, 61441, 4096),
    16384: range(32768, 122881, 8192),
}
"""Processor of a task → its memory, MiB (ECS developer guide, task size)."""


def _in_words(known: Iterable[float]) -> str:
    return ", ".join(map(str, known))


@dataclass(frozen=True)
class Chosen:
    """Settings by the names of the stack's variables."""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """Those of a stack that this bill is about.

        Raises:
            OptionError: a value is not one that the stack takes.
            SetupError: the stack has no such variable any more.
        """
        fields = {field.name: field for field in dataclasses.fields(cls)}
        for name, field in fields.items():
            if name not in settings and field.default is dataclasses.MISSING:
                raise SetupError(f"{cls.__name__}: the stack has no variable {name}; bring cost/ up to date")
        return cls(**{name: settings[name] for name in fields if name in settings})

    def _one_of(self, name: str, *known: str) -> None:
        if getattr(self, name) not in known:
            raise OptionError(f"{name}: got {getattr(self, name)!r}; give {', '.join(known)}")

    def _between(self, name: str, least: float, most: float = 1e6) -> None:
        if not least <= getattr(self, name) <= most:
            raise OptionError(f"{name}: got {getattr(self, name)!r}; give {least:g} to {most:g}")

    def _whole(self, name: str, least: int) -> None:
        self._between(name, least)
        if getattr(self, name) % 1:
            raise OptionError(f"{name}: got {getattr(self, name)!r}; give a whole number")


@dataclass(frozen=True)
class Lake(Chosen):
    """Of the stack `lake`."""

    kms_key_arn: str | None


@dataclass(frozen=True)
class MobileCoverage(Chosen):
    """Of the stack `mobile_coverage`."""

    stream_mode: str
    shard_count: int
    retention_hours: float
    runner: str
    glue_version: str
    streaming_worker_type: str
    streaming_workers: int
    batch_worker_type: str
    batch_workers: int
    trigger_seconds: float
    keep_raw: bool
    run_schedules: bool
    log_retention_days: float
    task_cpu: float
    task_memory: float
    task_architecture: str
    fargate_spot: bool

    def __post_init__(self) -> None:
        self._one_of("stream_mode", "PROVISIONED", "ON_DEMAND")
        self._one_of("runner", "glue", "fargate", "none")
        self._one_of("task_architecture", "ARM64", "X86_64")
        self._one_of("glue_version", "6.0", "5.1")
        self._one_of("streaming_worker_type", *DPU)
        self._one_of("batch_worker_type", *[name for name in DPU if name != "G.025X"])
        self._whole("shard_count", 1)
        self._between("retention_hours", 24, 8760)
        self._whole("streaming_workers", 2)
        self._whole("batch_workers", 2)
        self._between("trigger_seconds", 1, 86400)
        self._between("log_retention_days", 0, 3653)
        if self.task_cpu not in FARGATE_MEMORY:
            raise OptionError(f"task_cpu: got {self.task_cpu!r}; give {_in_words(FARGATE_MEMORY)}")
        if self.task_memory not in FARGATE_MEMORY[self.task_cpu]:
            known = f"{_in_words(FARGATE_MEMORY[self.task_cpu])} with task_cpu {self.task_cpu}"
            raise OptionError(f"task_memory: got {self.task_memory!r}; give {known}")


@dataclass(frozen=True)
class Orders(Chosen):
    """Of the stack `orders`."""

    glue_version: str
    worker_type: str
    workers: int
    execution_class: str
    run_schedules: bool
    table_upkeep: str
    log_retention_days: float

    def __post_init__(self) -> None:
        self._one_of("glue_version", "6.0", "5.1")
        self._one_of("worker_type", *[name for name in DPU if name != "G.025X"])
        self._one_of("execution_class", "STANDARD", "FLEX")
        self._one_of("table_upkeep", "job", "optimizers")
        self._whole("workers", 2)
        self._between("log_retention_days", 0, 3653)
