from pathlib import Path

import pytest

from napari_dinobloom.core import BadInputError, run
from napari_dinobloom.study import Study
from napari_dinobloom.workflows import AddPictures


def add(study: Study, *paths: Path, **options: object) -> None:
    run(AddPictures.from_study(study, paths, **options), study)


def table(folder: Path, text: str, name: str = "metadata.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_each_folder_is_a_slide_without_a_table(study: Study, smears: Path) -> None:
    add(study, smears)
    assert {n: len(study.pictures_of(n)) for n in study.slides} == {"one": 2, "two": 1}


def test_folders_of_one_name_stay_two_slides(
    study: Study, tmp_path: Path, smears
) -> None:
    for patient in ("p1", "p2"):
        folder = tmp_path / patient / "slide"
        folder.mkdir(parents=True)
        source = smears / "one" / "field-0.png"
        (folder / "a.png").write_bytes(source.read_bytes())
    add(study, tmp_path)
    assert set(study.slides) == {"p1/slide", "p2/slide"}


def test_a_picture_is_added_once(study: Study, smears: Path) -> None:
    add(study, smears)
    add(study, smears, smears / "one")
    assert len(study.pictures) == 3


def test_adding_is_one_step_of_undo(study: Study, single_cells: Path) -> None:
    add(study, single_cells, kind="cell", labels_from_folders=True)
    assert len(study.cells) == 6
    study.undo()
    assert not study.pictures
    assert not study.slides
    assert not study.labels.labels()
    study.redo()
    assert len(study.labels.labels()) == 6


def test_a_folder_name_is_a_label_only_when_asked(study, single_cells: Path) -> None:
    add(study, single_cells, kind="cell")
    assert not study.labels.labels()


def test_folder_labels_name_their_source(study: Study, single_cells: Path) -> None:
    add(study, single_cells, kind="cell", labels_from_folders=True)
    record = study.labels.standing(int(study.cells.cell_id[0]))
    assert record is not None
    assert (record.class_name, record.source) == ("lymphocyte", "folder name")
    assert study.taxonomy.names() == ["lymphocyte", "monocyte"]
    assert list(study.slides) == [single_cells.name]


def test_folder_labels_of_fields_are_refused(study: Study, smears: Path) -> None:
    with pytest.raises(BadInputError, match="single-cell"):
        AddPictures.from_study(study, [smears], labels_from_folders=True)


def test_a_table_describes_slides_and_pictures(study, smears, tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "Filename,Patient_ID,site,scanner,stain,mpp,diagnosis,magnification\n"
        "one/field-0.png,P7,Ulm,Axio,MGG,0.25,AML,63x\n"
        "one/field-1.png,P7,Ulm,Axio,MGG,0.25,AML,63x\n"
        "two/field-0.png,P8,Bonn,,,,,\n",
    )
    add(study, smears, metadata=path)
    slide = study.slides["one"]
    assert slide.acquisition.patient == "P7"
    assert slide.acquisition.scanner == "Axio"
    assert slide.diagnosis == "AML"
    picture = study.pictures_of("one")[0]
    assert picture.pixel_size_um == 0.25
    assert picture.columns == {"magnification": "63x"}
    assert not [s for step, s in study.failures if step == "metadata"]


def test_both_kinds_of_mismatch_are_reported(study, smears, tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "image,patient\none/field-0.png,P1\ngone.png,P2\nfield-0.png,P3\n",
    )
    add(study, smears, metadata=path)
    reasons = {s: r for (step, s), r in study.failures.items() if step == "metadata"}
    assert "no such picture" in reasons["gone.png"]
    assert "2 pictures" in reasons["field-0.png"]
    assert "not in the table" in reasons[str(smears / "two" / "field-0.png")]


def test_a_slide_with_two_patients_is_reported(study, smears, tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "image;slide;patient\none/field-0.png;S;A\none/field-1.png;S;B\n",
    )
    add(study, smears / "one", metadata=path)
    assert study.slides["S"].acquisition.patient == "A"
    assert "different ways" in study.failures[("metadata", "S")]


def test_a_later_table_describes_known_pictures(study, smears, tmp_path: Path) -> None:
    add(study, smears)
    ids = set(study.pictures)
    path = table(tmp_path, "image,slide,stain\none/field-0.png,new,WG\n")
    add(study, smears, metadata=path)
    assert set(study.pictures) == ids
    assert [p.path.name for p in study.pictures_of("new")] == ["field-0.png"]
    assert study.slides["new"].acquisition.stain == "WG"
    other = table(
        tmp_path, "image,slide\none/field-0.png,whole\none/field-1.png,whole\n"
    )
    add(study, smears, metadata=other)
    assert set(study.slides) == {"whole", "two"}


def test_label_images_are_never_taken_for_smears(study, smears, tmp_path) -> None:
    import numpy as np

    from napari_dinobloom.core.label_images import write_label_image

    (tmp_path / "a.png").write_bytes((smears / "one" / "field-0.png").read_bytes())
    write_label_image(tmp_path / "a.tif", np.ones((9, 9), np.int32), None)
    add(study, tmp_path, tmp_path / "a.tif")
    assert [p.path.name for p in study.pictures.values()] == ["a.png"]


def test_a_table_in_excel_is_read(study: Study, smears: Path, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["image", "patient"])
    book.active.append(["one/field-0.png", "P1"])
    book.save(tmp_path / "metadata.xlsx")
    add(study, smears / "one", metadata=tmp_path / "metadata.xlsx")
    assert study.slides["one"].acquisition.patient == "P1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("patient,stain\nP1,x\n", "no column `image`"),
        ("image,file\na,b\n", "more than one column"),
        ("", "cannot be read"),
    ],
)
def test_a_bad_table_is_refused_in_words(study, smears, tmp_path, text, says) -> None:
    with pytest.raises(BadInputError, match=says):
        add(study, smears, metadata=table(tmp_path, text))
    assert not study.pictures


def test_a_bad_pixel_size_names_the_value(study, smears, tmp_path: Path) -> None:
    path = table(tmp_path, "image,pixel_size_um\none/field-0.png,about 3\n")
    add(study, smears / "one", metadata=path)
    reason = study.failures[("read", str(smears / "one" / "field-0.png"))]
    assert "'about 3'" in reason


def test_broken_files_are_named_and_the_rest_go_on(study, smears, tmp_path) -> None:
    good = (smears / "one" / "field-0.png").read_bytes()
    (tmp_path / "good.png").write_bytes(good)
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    add(study, tmp_path)
    assert [p.path.name for p in study.pictures.values()] == ["good.png"]
    assert {Path(s).name for step, s in study.failures} == {"empty.png", "text.png"}


def test_a_folder_without_pictures_is_refused(study: Study, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no picture"):
        add(study, tmp_path)


def test_a_synthetic_picture_stays_tagged(study, smears, tmp_path: Path) -> None:
    path = table(tmp_path, "image,synthetic\none/field-0.png,true\n")
    add(study, smears / "one", metadata=path)
    assert study.slides["one"].synthetic
    assert study.pictures_of("one")[0].synthetic
    later = table(tmp_path, "image,synthetic\none/field-0.png,\n", "later.csv")
    add(study, smears / "one", metadata=later)
    assert study.slides["one"].synthetic
    assert study.pictures_of("one")[0].synthetic
