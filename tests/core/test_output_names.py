from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from napari_dinobloom.core.output_names import relative_stems


def test_the_folder_structure_below_the_common_parent_is_kept():
    paths = [Path("/d/one/a.png"), Path("/d/two/a.png"), Path("/d/b.png")]
    stems = relative_stems(paths)
    assert stems == [Path("one/a"), Path("two/a"), Path("b")]


def test_files_that_differ_in_their_suffix_only_keep_it():
    stems = relative_stems([Path("/d/a.png"), Path("/d/a.jpg"), Path("/d/b.jpg")])
    assert stems == [Path("a.png"), Path("a.jpg"), Path("b")]


def test_a_picture_called_like_anothers_output_is_told_apart():
    stems = relative_stems(
        [Path("/d/a.png"), Path("/d/a_nucleus.png")], ("", "_nucleus")
    )
    outputs = {f"{s}{e}" for s in stems for e in ("", "_nucleus")}
    assert len(outputs) == 4


names = st.sampled_from(["a", "A", "a_n", "a.b", "b"])
suffixes = st.sampled_from([".png", ".jpg", ".PNG"])
folders = st.sampled_from(["", "x/", "X/", "x/y/"])


@given(st.sets(st.tuples(folders, names, suffixes), min_size=1))
def test_no_two_outputs_share_a_name_not_even_without_case(parts):
    paths = [Path(f"/d/{''.join(part)}") for part in sorted(parts)]
    stems = relative_stems(paths, ("", "_n"))
    outputs = [f"{s}{e}".casefold() for s in stems for e in ("", "_n")]
    assert len(set(outputs)) == len(outputs)
