"""Help and wrong usage in Chinese: what the library of command lines says, in the words of ``command_line.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from zzgeo.cli.language import say
from zzgeo.cli.printing import lines_in
from zzgeo.vocabulary.text_width import width

#: What stands in brackets behind an option.
_BEHIND = re.compile(r"^(.*?)(?:(?:^|  )\[([^\[\]]*)\])?$", re.DOTALL)
_DEFAULT = "default: "


#: What writes help in English.
_Help: Any = typer.Context.formatter_class


class _ChineseHelp(_Help):  # type: ignore[misc]
    """Writes help in Chinese; a line of Chinese may break at any sign, and its signs are two columns wide."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, say("Usage: ") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{say(heading)}：\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        self.write("".join(f"{indent}{line}\n" for line in lines_in(say(text), self.width - self.current_indent)))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        firsts = max((width(first) for first, _ in rows), default=0)
        behind = min(firsts, col_max) + col_spacing
        for first, second in rows:
            lines = lines_in(_told(second), max(self.width - behind - self.current_indent, 10)) if second else []
            head = f"{'':>{self.current_indent}}{first}"
            if lines and width(first) <= behind - col_spacing:
                head += " " * (behind - width(first)) + lines.pop(0)
            rest = (f"{'':>{behind + self.current_indent}}{line}" for line in lines)
            self.write("".join(f"{line}\n" for line in (head, *rest)))


def _told(text: str) -> str:
    """Return what stands behind an option, in Chinese: its help, and what is in brackets."""
    found = _BEHIND.match(text)
    assert found is not None
    words, extra = found.groups()
    sentence = say(words.strip()) if words.strip() else ""
    if extra is None:
        return sentence
    parts = (
        f"{say(_DEFAULT)}{one.removeprefix(_DEFAULT)}" if one.startswith(_DEFAULT) else say(one)
        for one in extra.split("; ")
    )
    return f"{sentence}（{'；'.join(parts)}）"


def in_chinese(command: Any) -> Any:
    """Let a command, and every command in it, tell its help in Chinese; return it."""

    class Context(command.context_class):  # type: ignore[misc]
        formatter_class = _ChineseHelp

    for one in _all(command):
        one.context_class = Context
        if one.help:
            # the list of commands would cut a sentence at a space, and Chinese has none
            one.help = one.short_help = say(" ".join(one.help.split()))
    return command


def _all(command: Any) -> Iterator[Any]:
    yield command
    for one in getattr(command, "commands", {}).values():
        yield from _all(one)


def usage_lines(error: Any) -> list[str]:
    """Return what is told of wrong usage: the usage, where help is, and what is wrong."""
    context, lines = getattr(error, "ctx", None), []
    if error.format_message().startswith(say("Usage: ")):  # a command without arguments shows its help
        return [error.format_message()]
    if context is not None:
        lines = [context.get_usage(), say(f"Try '{context.command_path} --help' for help."), ""]
    return [*lines, f"{say('Error: ')}{say(error.format_message())}"]
