"""What would happen: scenarios, calibration, the simulation engine, fidelity.

The package is the verb `polku.simulate` at once: calling it simulates a path
(`polku.simulate.run.simulate`).
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Verb(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Any:
        from polku.simulate.run import simulate

        return simulate(*args, **options)


sys.modules[__name__].__class__ = _Verb
