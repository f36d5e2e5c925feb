"""``ssmtui completion``: lets the shell complete verbs, options, profiles, nodes. click does the work.

The shell asks by starting ``ssmtui`` with the variable :data:`ssmtui.cli.offers.COMPLETION`.
"""

from __future__ import annotations

import os

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, shell_complete

from ssmtui.cli.offers import COMPLETION

PROGRAM = "ssmtui"
SHELLS = ("bash", "zsh", "fish")
HOW = {
    "bash": 'eval "$(ssmtui completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(ssmtui completion zsh)"    # in ~/.zshrc, after compinit',
    "fish": "ssmtui completion fish > ~/.config/fish/completions/ssmtui.fish",
}


class Bash(BashComplete):
    """bash inserts an offer as it stands, so a space in it must be escaped."""

    def format_completion(self, item: CompletionItem) -> str:
        """One offer; ``read`` takes one of two backslashes away. Within quotes a space is typed as it is."""
        is_open = item.type != "plain" or _typed_word().startswith(('"', "'"))
        value = item.value if is_open else str(item.value).replace(" ", "\\\\ ")
        return f"{item.type},{value}"

    def source(self) -> str:
        """The script, without a bash being started to look at its version."""
        return self.source_template % self.source_vars()


def _typed_word() -> str:
    """The word that is completed, with the quote that it may begin with."""
    words, place = os.environ.get("COMP_WORDS", "").split("\n"), os.environ.get("COMP_CWORD", "")
    return words[int(place)] if place.isdecimal() and int(place) < len(words) else ""


add_completion_class(Bash, "bash")


@click.command("completion", epilog="\b\n" + "\n".join(HOW.values()))
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the script that lets a shell complete verbs, options, connections, nodes, sessions, regions and AWS
    profiles.

    Nodes are those that the full-screen program has listed, sessions those of this machine; AWS is not called.
    """
    return _answer(ctx.find_root().command, f"{shell}_source")


def answer(program: click.Command) -> int:
    """Answer the shell that completes a command line of ``program``; returns the exit code."""
    return _answer(program, os.environ[COMPLETION])


def _answer(program: click.Command, instruction: str) -> int:
    return shell_complete(program, {}, PROGRAM, COMPLETION, instruction)
