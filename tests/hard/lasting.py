"""How long the hard tests last: once through in `make test`, many times in `make soak`."""

import os

# Read when tests are collected: no test sees the environment.
TIMES = int(os.environ.get("SOAK", "1"))
