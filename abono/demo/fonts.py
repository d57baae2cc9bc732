"""`python -m abono.demo.fonts`: cut the fonts of invoices, so that the first one does not wait for them.

Ten seconds of one core, once: in a process of its own it goes on beside the rest.
"""

from __future__ import annotations

from abono.config import env
from abono.domain.invoicing import fonts

if __name__ == "__main__":
    fonts.ready(env.load().home)
