from __future__ import annotations

from examples.sign_in.app import main

main()
