"""How good it was: facts, criteria, estimators with intervals, comparison.

The package is the verb `polku.measure` at once: calling it measures a log
(`polku.measure.measuring.measure`).
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Verb(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Any:
        from polku.measure.measuring import measure

        return measure(*args, **options)


sys.modules[__name__].__class__ = _Verb
