"""One thread for the libraries that train: several tests run at once, and threads wait busily."""

import lightgbm  # noqa: F401 (its threads are there only after the import)
import pytest
import sklearn.ensemble  # noqa: F401
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1, "openmp"):
        yield
