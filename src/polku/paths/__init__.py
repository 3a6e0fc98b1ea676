"""The paths that ship: worked examples with stated sources, not legal advice."""

from __future__ import annotations

from pathlib import Path

EVENT_PERMIT = Path(__file__).parent / "event-permit"
"""The event-permit path: a synthetic log and how it is read."""
