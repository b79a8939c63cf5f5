"""The settings of each stack that cost something, typed, and checked as the stack would."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cost.workers import DPU
from glue_jobs.core.errors import OptionError, SetupError


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
    fargate_spot: bool

    def __post_init__(self) -> None:
        self._one_of("stream_mode", "PROVISIONED", "ON_DEMAND")
        self._one_of("runner", "glue", "fargate", "none")
        self._one_of("glue_version", "6.0", "5.1")
        self._one_of("streaming_worker_type", *DPU)
        self._one_of("batch_worker_type", *[name for name in DPU if name != "G.025X"])
        self._between("shard_count", 1)
        self._between("retention_hours", 24, 8760)
        self._between("streaming_workers", 2)
        self._between("batch_workers", 2)
        self._between("trigger_seconds", 1, 86400)
        self._between("log_retention_days", 0, 3653)
        self._between("task_cpu", 256, 16384)
        self._between("task_memory", 512, 122880)


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
        self._between("workers", 2)
        self._between("log_retention_days", 0, 3653)
