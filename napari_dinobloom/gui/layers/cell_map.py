"""Cells as dots, drawn by the graphics card from arrays that change in parts."""

from collections.abc import Callable
from typing import Any

import numpy as np
from vispy import gloo
from vispy.color import Colormap
from vispy.scene import Node
from vispy.scene.visuals import Image, create_visual_node
from vispy.visuals import Visual
from vispy.visuals.transforms import STTransform

Bounds = tuple[float, float, float, float]
SKETCH = 150_000
"""How many dots are drawn while a larger map is being moved."""
PALETTE_WIDTH = 512
FEW = 200
"""More changed cells than this, and writing all codes at once is quicker."""
AT_ONCE = 1 << 16
"""Changed cells looked up at once: they stay in the processor's cache."""
GROUND_SHRINKS = 0.72
"""Cells without class, drawn below the others, are smaller by this factor."""
GROWN_PX, RIM_PX = 1.5, 1.3
"""By how much a cell in hand is larger, and how wide its rim is."""
CLOUD = 0.42
"""How much the densest part of the cloud stands out from the ground."""
DIMMED = 0.35
"""How much of the opacity the others keep while some cells are in hand."""

_VERTEX = """
attribute vec2 a_position;
attribute float a_code;
uniform sampler2D u_palette;
uniform vec2 u_palette_shape;
uniform float u_ground;
uniform float u_shrink;
uniform float u_size;
uniform float u_rim;
uniform float u_pixel;
varying vec4 v_colour;
varying float v_radius;
varying float v_side;

void main() {
    float row = floor((a_code + 0.5) / u_palette_shape.x);
    float column = a_code - row * u_palette_shape.x;
    vec2 at = vec2(column + 0.5, row + 0.5) / u_palette_shape;
    v_colour = texture2D(u_palette, at);
    bool ground = u_ground >= 0.0 && a_code > u_ground - 0.5;
    vec4 place = $visual_to_render(vec4(a_position, 0.0, 1.0));
    gl_Position = vec4(place.xy, (ground ? 0.5 : 0.0) * place.w, place.w);
    if (v_colour.a <= 0.0) {
        gl_Position = vec4(4.0, 4.0, 4.0, 1.0);
    }
    v_radius = 0.5 * u_size * (ground ? u_shrink : 1.0) * u_pixel;
    v_side = 2.0 * (v_radius + u_rim * u_pixel) + 1.0;
    gl_PointSize = v_side;
}
"""

_FRAGMENT = """
uniform float u_opacity;
uniform float u_rim;
uniform float u_pixel;
uniform vec4 u_rim_colour;
varying vec4 v_colour;
varying float v_radius;
varying float v_side;

void main() {
    float r = length(gl_PointCoord - vec2(0.5)) * v_side;
    float outer = v_radius + u_rim * u_pixel;
    float covered = clamp(outer - r + 0.5, 0.0, 1.0);
    if (covered <= 0.02) {
        discard;
    }
    float inside = u_rim > 0.0 ? clamp(v_radius - r + 0.5, 0.0, 1.0) : 1.0;
    vec4 colour = mix(u_rim_colour, v_colour, inside);
    gl_FragColor = vec4(colour.rgb, colour.a * covered * u_opacity);
}
"""


class DotsVisual(Visual):  # type: ignore[misc] # vispy has no types
    """Dots of one size, coloured by looking their code up in a palette.

    Several share the buffers; an index buffer says which dots one of them draws.
    """

    def __init__(self) -> None:
        super().__init__(_VERTEX, _FRAGMENT)
        self.unfreeze()
        self.n_dots = 0
        self.magnified = 1.0
        self.before_drawing: Callable[[], None] = lambda: None
        self.freeze()
        self._draw_mode = "points"
        self.set_gl_state("translucent", depth_test=True, depth_func="lequal")
        for name, value in (("size", 4.0), ("rim", 0.0), ("opacity", 1.0)):
            self.shared_program[f"u_{name}"] = value
        self.shared_program["u_ground"] = -1.0
        self.shared_program["u_shrink"] = GROUND_SHRINKS
        self.shared_program["u_rim_colour"] = (1.0, 1.0, 1.0, 1.0)

    def set_index(self, index: gloo.IndexBuffer | None) -> None:
        """Draw these dots in this order, or all."""
        self._index_buffer = index

    def _prepare_transforms(self, view: Any) -> None:
        view.view_program.vert["visual_to_render"] = view.get_transform()

    def _prepare_draw(self, view: Any) -> bool:
        self.before_drawing()
        if not self.n_dots:
            return False
        view.view_program["u_pixel"] = self.magnified * view.transforms.pixel_scale
        return True


Dots = create_visual_node(DotsVisual)


class CellMap:
    """A million cells on a map: colours, what is hidden, what is in hand.

    Positions are uploaded once. A colour is a code per cell and a palette, so that
    recolouring uploads one number per cell, hiding a class one pixel, and one label one
    number. Cells in hand are an index buffer into the same arrays: drawn once more, on
    top, larger, all rims before all dots, so that a crowd has one rim around it.

    Dots are kept in a shuffled order, so that no slide covers those before it and the
    first of them are a fair sketch of all.

    What changes while cells are labelled is uploaded when it is drawn the next time:
    what is uploaded to a map that nobody sees waits in a queue for ever.

    Parameters
    ----------
    parent
        Node of a vispy scene whose coordinates are canvas pixels, y downwards.
    """

    def __init__(self, parent: Node) -> None:
        self.root = Node(parent=parent)
        self.root.transform = STTransform()
        self._density = Image(
            np.zeros((2, 2), np.float32),
            parent=self.root,
            interpolation="linear",
            clim=(0.0, 1.0),
        )
        self._density.order = 0
        self._density.visible = False
        self._density.set_gl_state("translucent", depth_test=False)
        self._all, self._rims, self._chosen = (Dots(parent=self.root) for _ in "123")
        for order, dots in enumerate((self._all, self._rims, self._chosen), 1):
            dots.order = order
            dots.before_drawing = self._upload
        for dots in (self._rims, self._chosen):
            dots.set_gl_state("translucent", depth_test=False)
            dots.shared_program["u_shrink"] = 1.0
        self._position, self._code = gloo.VertexBuffer(), gloo.VertexBuffer()
        self._palette: gloo.Texture2D | None = None
        self._sketch: gloo.IndexBuffer | None = None
        self._place = np.empty(0, np.int64)
        self._rows = np.empty(0, np.int64)
        self._codes = np.empty(0, np.float32)
        self._changed: np.ndarray | None = np.empty(0, np.int64)
        """Places whose code was not uploaded yet; None: all of them."""
        self._is_dressed = True
        self._size, self._opacity = 4.0, 0.9
        self._xy = np.empty((0, 2), np.float32)
        self._selected = np.empty(0, np.int64)
        self._in_hand = np.empty(0, np.uint32)
        self._colours: tuple[np.ndarray, int] = np.zeros((1, 4), np.uint8), -1
        self._cloud: tuple[np.ndarray | None, Bounds] = None, (0.0, 0.0, 1.0, 1.0)
        self._tone = (1.0, 1.0, 1.0)

    def again(self, parent: Node) -> "CellMap":
        """The same map in another scene: the card forgets all when a window changes."""
        other = CellMap(parent)
        other.set_positions(self._xy)
        other.set_palette(*self._colours)
        if self.n_dots:
            other.set_codes_by_place(self._codes)
        other.set_selected(self._selected)
        other.set_size(self._size)
        other.set_opacity(self._opacity)
        other.set_density(*self._cloud)
        other.set_tone(self._tone)
        return other

    # -- where the cells lie -----------------------------------------------------

    @property
    def n_dots(self) -> int:
        """How many cells have a place."""
        return len(self._rows)

    def set_positions(self, xy: np.ndarray) -> None:
        """Lay the cells out; all codes become 0 and nothing is in hand.

        Parameters
        ----------
        xy
            (n, 2) float32; nan where a cell has no place.
        """
        self._xy, self._selected = xy, np.empty(0, np.int64)
        rows = np.flatnonzero(np.isfinite(xy).all(axis=1))
        self._rows = np.random.default_rng(0).permutation(rows)
        self._place = np.full(len(xy), -1, np.int64)
        self._place[self._rows] = np.arange(len(self._rows))
        n = len(self._rows)
        self._all.n_dots, self._rims.n_dots, self._chosen.n_dots = n, 0, 0
        self._changed = np.empty(0, np.int64)
        if n:
            places = np.ascontiguousarray(xy[self._rows], np.float32)
            self._position = gloo.VertexBuffer(places)
            self._codes = np.zeros(n, np.float32)
            self._code = gloo.VertexBuffer(self._codes)
            self._share(a_position=self._position, a_code=self._code)
        sketch = np.arange(min(n, SKETCH), dtype=np.uint32)
        self._sketch = gloo.IndexBuffer(sketch) if n > SKETCH else None
        self._all.set_index(None)
        self._update()

    def set_frame(self, scale: float, left: float, top: float) -> None:
        """Show (x, y) of the map at (left + scale·x, top − scale·y) of the canvas."""
        self.root.transform.scale = (scale, -scale)
        self.root.transform.translate = (left, top)

    def magnify(self, factor: float) -> None:
        """Draw dots and rims this much larger, for a larger picture of the same."""
        for dots in (self._all, self._rims, self._chosen):
            dots.magnified = factor

    def sketch(self, on: bool) -> None:
        """While the map is being moved, draw a fair part of a large one."""
        self._all.set_index(self._sketch if on else None)
        self._update()

    # -- how they look -----------------------------------------------------------

    def set_codes(self, codes: np.ndarray) -> None:
        """Give every cell a code.

        Parameters
        ----------
        codes
            (n,) whole numbers below 2²⁴, a row per cell as in `set_positions`.
        """
        if self.n_dots:
            self.set_codes_by_place(codes.astype(np.float32)[self._rows])

    def set_codes_by_place(self, codes: np.ndarray) -> None:
        """(n_dots,) float32 in the order in which dots are kept."""
        self._codes, self._changed = codes, None
        self._update()

    def set_codes_at(self, rows: np.ndarray, codes: np.ndarray) -> None:
        """Give some cells another code; a few are written one by one.

        Parameters
        ----------
        rows, codes
            (m,) rows, none of them twice, and the code of each.
        """
        n = 0
        for lo in range(0, len(rows), AT_ONCE):
            some = slice(lo, lo + AT_ONCE)
            places = self._place[rows[some]]
            here = places >= 0
            places = places[here]
            self._codes[places] = codes[some][here]
            n += len(places)
            if self._changed is not None:
                known = np.concatenate([self._changed, places])
                self._changed = known if len(known) <= FEW else None
        if n:
            self._update()

    def set_palette(self, rgba: np.ndarray, ground: int = -1) -> None:
        """Say which colour a code has.

        Parameters
        ----------
        rgba
            (m, 4) uint8; a code with alpha 0 is not drawn.
        ground
            Codes from this one on are drawn below all others, and smaller; −1: none.
        """
        self._colours = rgba, ground
        height = max(1, -(-len(rgba) // PALETTE_WIDTH))
        table = np.zeros((height * PALETTE_WIDTH, 4), np.uint8)
        table[: len(rgba)] = rgba
        texels = table.reshape(height, PALETTE_WIDTH, 4)
        if self._palette is None or self._palette.shape != texels.shape:
            self._palette = gloo.Texture2D(texels, interpolation="nearest")
            self._share(
                u_palette=self._palette, u_palette_shape=(PALETTE_WIDTH, height)
            )
        else:
            self._palette.set_data(texels)
        self._share(u_ground=float(ground))
        self._update()

    def set_selected(self, rows: np.ndarray) -> None:
        """Draw these cells on top, larger and with a rim; the others recede."""
        self._selected = rows
        # cells may be taken in hand before any map was drawn
        places = self._place[rows[rows < len(self._place)]]
        is_chosen = np.zeros(self.n_dots + 1, bool)
        is_chosen[places] = True  # -1, no place, is the last
        self._in_hand = np.flatnonzero(is_chosen[:-1]).astype(np.uint32)
        self._rims.n_dots = self._chosen.n_dots = len(self._in_hand)
        self._dress()

    def set_size(self, size_px: float) -> None:
        """Diameter of a dot in pixels of the canvas."""
        self._size = size_px
        self._dress()

    def set_opacity(self, opacity: float) -> None:
        """How much of what lies below a dot it hides, 0 … 1."""
        self._opacity = opacity
        self._dress()

    @property
    def size(self) -> float:
        """Diameter of a dot in pixels of the canvas."""
        return self._size

    @property
    def opacity(self) -> float:
        """How much of what lies below a dot it hides."""
        return self._opacity

    def set_tone(self, rgb: tuple[float, float, float]) -> None:
        """Colour of rims and of the cloud: one that stands out from the ground."""
        self._tone = rgb
        self._rims.shared_program["u_rim_colour"] = (*rgb, 1.0)
        self._density.cmap = Colormap([(*rgb, 0.0), (*rgb, CLOUD)])
        self._update()

    # -- what lies below ---------------------------------------------------------

    def set_density(
        self,
        values: np.ndarray | None,
        bounds: Bounds,
    ) -> None:
        """Show how densely the cells lie, as a faint cloud, or nothing.

        Parameters
        ----------
        values
            (h, w) float32 in 0 … 1, the first row at the least y.
        bounds
            Least x and y, greatest x and y that it covers.
        """
        self._cloud = values, bounds
        self._density.visible = values is not None
        if values is not None:
            x0, y0, x1, y1 = bounds
            height, width = values.shape
            self._density.set_data(np.ascontiguousarray(values, np.float32))
            self._density.transform = STTransform(
                scale=((x1 - x0) / width, (y1 - y0) / height), translate=(x0, y0)
            )
        self._update()

    # -- parts -------------------------------------------------------------------

    def _share(self, **values: Any) -> None:
        for dots in (self._all, self._rims, self._chosen):
            for name, value in values.items():
                dots.shared_program[name] = value

    def _dress(self) -> None:
        self._is_dressed = False
        self._update()

    def _upload(self) -> None:
        """Bring to the card what has changed since it drew the last time."""
        changed, self._changed = self._changed, np.empty(0, np.int64)
        if changed is None:
            self._code.set_data(self._codes)
        else:
            for place in np.unique(changed).tolist():
                self._code.set_subdata(self._codes[place : place + 1], place)
        if not self._is_dressed:
            self._is_dressed = True
            self._put_on()

    def _put_on(self) -> None:
        """Sizes, opacity, and which dots are drawn once more as being in hand."""
        if len(self._in_hand):
            index = gloo.IndexBuffer(self._in_hand)
            self._rims.set_index(index)
            self._chosen.set_index(index)
        receding = DIMMED if self._chosen.n_dots else 1.0
        everyone, chosen = self._all.shared_program, self._chosen.shared_program
        everyone["u_size"], everyone["u_opacity"] = self._size, self._opacity * receding
        chosen["u_size"] = self._size + GROWN_PX
        # a dot that is nothing but rim
        rims = self._rims.shared_program
        rims["u_size"], rims["u_rim"] = 0.0, (self._size + GROWN_PX) / 2 + RIM_PX

    def _update(self) -> None:
        self._all.update()
