"""What the program is made of: few packages, all of them declared, locked and used; and importing it does nothing."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import ssmtui

ROOT = Path(ssmtui.__file__).parent.parent
PACKAGE = ROOT / "ssmtui"
WITH_ANOTHER = {"cffi", "_cffi_backend"}
"""What comes with a package that is declared: with ``pyghostty``."""
FOUND = {"pyghostty"}
"""What is found by its name and not imported: the library inside is called without it."""

IMPORT_ALL = """
import pkgutil, sys

seen = []

def watch(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto",
                 "subprocess.Popen", "os.system", "os.posix_spawn", "os.fork", "os.exec", "os.mkdir", "os.remove",
                 "os.rename"):
        # urllib3 looks for IPv6 by taking a port of this machine for a moment: nothing leaves it.
        if event != "socket.bind" or arguments[1] != ("::1", 0):
            seen.append((event, repr(arguments[:2])))
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append((event, repr(arguments[:2])))

sys.addaudithook(watch)
import ssmtui

count = 0
for found in pkgutil.walk_packages(ssmtui.__path__, "ssmtui."):
    if found.name != "ssmtui.__main__":
        __import__(found.name)
        count += 1
print(count)
for event, arguments in seen:
    print(event, arguments)
"""


def normal(name: str) -> str:
    """A package's name as all spellings of it become (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> dict[str, str]:
    """The dependencies, each with its bounds."""
    lines = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    found = [re.match(r"([\w.-]+)(?:\[[\w,]+\])?([^;]*)", line) for line in lines]
    return {normal(each[1]): each[2] for each in found if each is not None}


def imported() -> Iterator[str]:
    """The first names of all that is imported in the package, wherever in a module that is."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    foreign = {name for name in imported() if name not in sys.stdlib_module_names} - {"ssmtui"}
    packages = metadata.packages_distributions()
    # The stubs of boto3 and Textual's own rich are there for types and with Textual.
    foreign -= {name for name in foreign if name.startswith("mypy_boto3_")} | WITH_ANOTHER
    used = {normal(name) for each in foreign for name in packages.get(each, [each])}

    assert used - declared().keys() <= {"botocore", "rich"}, "imported without being declared"
    assert declared().keys() - used - FOUND == set(), "declared without being imported"


def test_there_are_few_and_each_is_bounded_on_both_sides() -> None:
    bounds = declared()
    assert len(bounds) <= 10, "another package must clearly serve: say why beside it, and here"
    loose = {name: bound for name, bound in bounds.items() if not re.search(r"==|>=.*<|<.*>=", bound)}
    assert loose == {}


def test_each_dependency_is_locked_with_hashes() -> None:
    locked = (ROOT / ".ci" / "locked.txt").read_text()
    entries = {
        normal(entry[1]): entry[0] for entry in re.finditer(r"^([\w.-]+)==.*(?:\n +--hash=.*)*", locked, re.MULTILINE)
    }
    assert declared().keys() <= entries.keys()
    assert [name for name, entry in entries.items() if "--hash=sha256:" not in entry] == []
    assert "://" not in locked, "the lock names packages, not where they come from"


def test_importing_all_of_it_asks_no_network_starts_nothing_and_writes_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tmp_path)}
    for variable in [name for name in environment if name.startswith("COV_")]:
        del environment[variable]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=120
    )
    assert done.returncode == 0, done.stderr
    count, *seen = done.stdout.splitlines()
    assert int(count) > 400, "the whole package"
    assert seen == []
    assert list(tmp_path.iterdir()) == []
