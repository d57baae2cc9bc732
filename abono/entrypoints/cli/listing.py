"""Which commands there are: ours, and those of Django that somebody who runs Abono may need."""

from __future__ import annotations

import sys

from django.core.management import ManagementUtility, get_commands, load_command_class

OURS = "abono.entrypoints.cli"
OF_DJANGO = {  # all others empty tables, make accounts past our rules, or are for other projects
    "check",
    "clearsessions",
    "collectstatic",
    "dbshell",
    "diffsettings",
    "makemessages",
    "makemigrations",
    "shell",
    "showmigrations",
    "sqlmigrate",
}
BEFORE_DJANGO = {  # what `abono.__main__` does by itself
    "database": "The embedded PostgreSQL, by hand.",
    "demo": "Everything on this machine, with a small world in it.",
    "doctor": "Is this installation fit to serve, and what is to be done?",
    "story": "Live the whole story on a throw-away database; the last line is JSON.",
    "version": "Which version this is.",
}


class Commands(ManagementUtility):
    def fetch_command(self, subcommand: str):  # type: ignore[no-untyped-def]
        """Django's own refusal for what it does not know serves for what we leave out, too.

        What is checked about the code is the same at each start: `check` and the tests do it, no command waits for it.
        """
        if subcommand in _names():
            command = super().fetch_command(subcommand)
            command.requires_system_checks = "__all__" if subcommand == "check" else ()
            return command
        sys.stderr.write(f"abono: there is no command {subcommand!r}. `abono help` lists them.\n")
        sys.exit(1)

    def main_help_text(self, commands_only: bool = False) -> str:
        """Ours with a sentence each, then the names of the others."""
        ours = [name for name in _names() if get_commands()[name] == OURS]
        said = {name.replace("_", "-"): load_command_class(OURS, name).help for name in ours} | BEFORE_DJANGO
        if commands_only:
            return "\n".join(sorted([*said, *OF_DJANGO]))
        lines = [f"  {name:12} {' '.join(said[name].split())}" for name in sorted(said)]
        return "\n".join(
            [
                "abono COMMAND --help says more of a command.",
                "",
                *lines,
                "",
                f"For development, as Django has them: {', '.join(sorted(OF_DJANGO))}.",
            ]
        )


def _names() -> list[str]:
    return [name for name, app in get_commands().items() if app == OURS or name in OF_DJANGO]
