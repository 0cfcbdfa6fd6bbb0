"""Patience with servers."""

import pytest

from hepline.data.remote.trying import brought, opened_at
from hepline.data.transport import Cut, Unreachable
from hepline.errors import FileUnreadable

ADDRESS = "https://server:80/a.root"


class Failing:
    """Fails so many times."""

    def __init__(self, error, times):
        self.error, self.times, self.calls = error, times, 0

    def __call__(self):
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return "bytes"


@pytest.mark.parametrize("error", [Cut("busy"), Unreachable("no connection")])
def test_what_breaks_off_is_tried_again(error):
    assert brought(Failing(error, 5), ADDRESS) == "bytes"


def test_patience_ends():
    failing = Failing(Cut("the server answered 503"), 99)
    with pytest.raises(FileUnreadable, match="answered 503") as caught:
        brought(failing, ADDRESS)
    assert failing.calls == 6
    assert f"hl.dataset('{ADDRESS}')" in caught.value.fix


def test_opening_is_patient_with_a_server_that_is_busy():
    assert opened_at(Failing(Cut("busy"), 5), ADDRESS) == "bytes"


def test_opening_gives_up_a_server_that_cannot_be_reached():
    assert opened_at(Failing(Unreachable("refused"), 1), ADDRESS) == "bytes"
    failing = Failing(Unreachable("refused"), 99)
    with pytest.raises(FileUnreadable, match="no connection to server:80") as caught:
        opened_at(failing, ADDRESS)
    assert failing.calls == 2
    assert caught.value.why == "refused."
