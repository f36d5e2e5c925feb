"""Terminal engines: bytes in; grid, effects and encoded input out. No asyncio, no textual."""
