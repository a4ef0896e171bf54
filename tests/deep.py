"""What is tried with `EVALSUITE_DEEP=1` alone (`make deep`): it takes minutes."""

import os

import pytest

DEEP = bool(os.environ.get("EVALSUITE_DEEP"))

deep = pytest.mark.skipif(not DEEP, reason="EVALSUITE_DEEP is not set")
