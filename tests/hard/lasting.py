"""How long tests last that find more the longer they try: once through in `make test`, many times in `make soak`."""

import os

# Read when tests are collected: no test sees the environment.
TIMES = int(os.environ.get("SOAK", "1"))
