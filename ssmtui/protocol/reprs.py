"""How values with a person's bytes show themselves: what is typed and printed never reaches a log or a traceback."""

from __future__ import annotations


def hidden(value: object, /, **shown: object) -> str:
    """``value`` with the given facts in the place of its bytes: ``Output(data=<12 bytes>)``. A number stands for the
    length of the member of that name."""
    facts = (f"{name}=<{fact} bytes>" if isinstance(fact, int) else f"{name}={fact!s}" for name, fact in shown.items())
    return f"{type(value).__name__}({', '.join(facts)})"
