"""What a job that ends tells on its way: a line of JSON for each thing done. Its output is its log."""

import json
from typing import Any


def tell(event: str, **fields: Any) -> None:
    """Print one event."""
    print(json.dumps({"event": event, **fields}), flush=True)
