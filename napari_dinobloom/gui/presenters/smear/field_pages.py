"""Which pictures of a slide share the canvas, and what comes before and after."""

from dataclasses import dataclass, field

from napari_dinobloom.gui.presenters.smear.scene import fields_per_sheet
from napari_dinobloom.study import Picture, Study


@dataclass(frozen=True)
class FieldPages:
    """One slide's pictures in pages: one by one, or many on a contact sheet."""

    slide: str = ""
    sheet: bool = False
    pages: list[list[Picture]] = field(default_factory=list)

    @classmethod
    def of(cls, study: Study, slide: str, *, sheet: bool) -> "FieldPages":
        """A slide's pages as the study stands now."""
        pictures = study.pictures_of(slide)
        size = fields_per_sheet(pictures) if sheet else 1
        pages = [pictures[i : i + size] for i in range(0, len(pictures), size)]
        return cls(slide, sheet, pages)

    def __len__(self) -> int:
        return len(self.pages)

    def page_with(self, picture_id: int) -> int:
        """Number of the page on which a picture lies; 0 if it lies on none."""
        for number, page in enumerate(self.pages):
            if any(picture.picture_id == picture_id for picture in page):
                return number
        return 0

    def caption(self, page: int) -> str:
        """Which fields of how many, and of which slide."""
        n = sum(len(each) for each in self.pages)
        first = sum(len(each) for each in self.pages[:page]) + 1
        last = first + len(self.pages[page]) - 1 if page < len(self.pages) else first
        which = f"field {first}" if first == last else f"fields {first}–{last}"
        return f"{which} of {n} · {self.slide}"

    def file_name(self, page: int) -> str:
        """Name of the first picture's file on a page."""
        return self.pages[page][0].path.name if page < len(self.pages) else ""


def neighbour_slide(study: Study, slide: str, by: int) -> str | None:
    """The slide with pictures that comes before or after this one, or None."""
    slides = [name for name in study.slides if study.pictures_of(name)]
    at = slides.index(slide) + by
    return slides[at] if 0 <= at < len(slides) else None
