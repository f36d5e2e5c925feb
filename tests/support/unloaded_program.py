"""``ssmtui`` as it is before all views are loaded, which takes it a moment: here that moment lasts."""

from __future__ import annotations

import asyncio

from ssmtui.cli.main import main
from ssmtui.ui.frame import preloading


async def load_nothing() -> None:
    await asyncio.sleep(0)


if __name__ == "__main__":
    preloading.load_views = load_nothing
    main()
