from matplotlib.figure import Figure

from hepline.show.rows import note_count, row_names


def test_short_names_stay_as_they_are():
    names = row_names(["ME variation", "Luminosity"])
    assert names.texts == ("ME variation", "Luminosity")
    assert names.size == 10.5
    assert names.width == 1.3


def test_long_names_are_cut_only_as_far_as_they_remain_different():
    alike = [f"jet_energy_scale_effective_modelling_{k}_of_the_2018_recommendations" for k in "ab"]
    other = ["jet_energy_scale_effective_modelling_and_more_of_it_recommendations_a", "b"]
    first, second = row_names(alike).texts
    assert first != second
    assert len(first) == 64
    assert row_names(alike).size < 10.5
    cut = row_names(other)
    assert cut.size == 10.5
    assert len(cut.texts[0]) == 44
    assert "…" in cut.texts[0]


def test_longer_names_take_more_room():
    assert row_names(["x" * 40]).width > row_names(["x" * 30]).width > row_names(["x"]).width


def test_names_are_written_as_they_are_and_never_taken_for_mathtext():
    ax = Figure().add_subplot()
    row_names(["a$_b$", "c"]).write(ax)
    labels = ax.get_yticklabels()
    assert [label.get_text() for label in labels] == ["a$_b$", "c"]
    assert not any(label.get_parse_math() for label in labels)


def test_what_is_left_out_is_counted():
    ax = Figure().add_subplot()
    note_count(ax, 20, 20)
    assert not ax.texts
    note_count(ax, 20, 200)
    assert ax.texts[0].get_text() == "largest 20 of 200"
