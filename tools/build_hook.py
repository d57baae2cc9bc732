"""What hatchling asks when it builds the wheel: that everything which is made is inside (OPS-7)."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Hook(BuildHookInterface[Any]):
    """Makes what tools.package makes, in a folder that lasts as long as the build.

    Not for an editable installation: a checkout keeps what `make setup` makes where it is.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        self._made = tempfile.TemporaryDirectory(prefix="abono-package-")
        made = Path(self._made.name)
        # In a process of its own: Django is set up once, and the checkout is what it imports.
        subprocess.run([sys.executable, "-m", "tools.package", str(made)], cwd=self.root, check=True)
        inside = build_data["force_include"]
        inside.update(
            {str(file): str(file.relative_to(made)) for file in sorted(made.rglob("*")) if file.is_file()}
        )

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._made.cleanup()
