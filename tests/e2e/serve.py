"""`python -m tests.e2e.serve PORT`: the site as it is served, on the database that the tests prepared."""

from __future__ import annotations

import sys

import uvicorn


def main(port: int) -> None:
    uvicorn.run("tests.served:application", host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
