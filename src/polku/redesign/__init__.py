"""What could be better: moves, assumptions, the arena, the search, the choice.

The package is the verb `polku.redesign` at once: calling it searches for better prototypes
(`polku.redesign.redesigning.redesign`).
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Verb(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Any:
        from polku.redesign.redesigning import redesign

        return redesign(*args, **options)


sys.modules[__name__].__class__ = _Verb
