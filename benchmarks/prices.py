"""What processor time costs on Glue.

Cost of a million records = processor seconds for them / (4 vCPU x 3600 s) x price of a DPU-hour, for a DPU
has 4 vCPU. That is the cost if the workers were exactly full, and one of their vCPUs as fast as a core of the
machine that measured.
"""

from cost.prices import read_prices
from cost.workers import glue_price

DPU_HOUR_USD = {version: read_prices()[glue_price(version)].usd for version in ("6.0", "5.1")}
"""Glue version → price in the region of `terraform/prices.json`; look it up before relying on it."""

_VCPU_SECONDS_OF_DPU_HOUR = 4 * 3600


def usd_per_million(cpu_seconds_per_million: float) -> dict[str, float]:
    """Glue version → USD for a million records."""
    dpu_hours = cpu_seconds_per_million / _VCPU_SECONDS_OF_DPU_HOUR
    return {version: dpu_hours * price for version, price in DPU_HOUR_USD.items()}
