"""Dot products of many vectors of bytes by the processor's own instruction for it.

VPDPBUSD multiplies four pairs of bytes and adds them up in each lane of a register:
four times as many products per second as in single precision. No library that this
program needs anyway offers it, numba does not find it by itself, and PyTorch, which
has it, takes seconds to import. So the innermost tile is written out here as LLVM
instructions. Intel's manual (Software Developer's Manual, volume 2, VPDPBUSD) says
what it does; sums of fewer than 2¹⁵ products cannot overflow.

Imports numba, so it is imported inside functions only.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from llvmlite import binding, ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

# Rows of a tile, and registers of labels beside each: with sixteen registers (AVX) as
# with 32 (AVX-512) all sums of a tile stay in registers.
ROWS, REGISTERS = 6, 2
MAX_DIMENSIONS = 1 << 15
# Settings of numba under which this processor's own instructions must not be used.
_OTHER_PROCESSOR = ("DISABLE_JIT", "CPU_NAME", "CPU_FEATURES")

Lanes = Literal[0, 8, 16]


@cache
def lanes() -> Lanes:
    """How many sums of 32 bits a register holds; 0 where the instruction is missing."""
    asked = (getattr(config, name) for name in _OTHER_PROCESSOR)
    if any(asked):
        return 0  # compiled for some other processor than this one, or not at all
    has = binding.get_host_cpu_features()
    if has.get("avx512vnni") and has.get("avx512f"):
        return 16
    return 8 if has.get("avxvnni") else 0


def labels_per_tile(n_lanes: int) -> int:
    """How many packed vectors one tile multiplies with."""
    return REGISTERS * n_lanes


def pack(codes: np.ndarray, n_lanes: int) -> np.ndarray:
    """Lay signed codes out as `tile` reads them.

    Parameters
    ----------
    codes
        (m, d) int8.

    Returns
    -------
    np.ndarray
        (groups, ⌈d / 4⌉, labels per tile, 4) uint8, each code plus 128; what is added
        to fill up is a code of 0.
    """
    m, d = codes.shape
    wide, steps = labels_per_tile(n_lanes), -(-d // 4)
    full = np.full((-(-m // wide) * wide, steps * 4), 128, np.uint8)
    full[:m, :d] = (codes.astype(np.int16) + 128).astype(np.uint8)
    grouped = full.reshape(-1, wide, steps, 4).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(grouped)


def build_tile(n_lanes: int) -> "Callable[..., None]":
    """Build ``tile(codes, stride, packed, steps, out, out_stride)`` for compiled loops.

    It multiplies ``ROWS`` rows of signed codes (address, bytes from row to row) with
    one packed group (address, ``steps`` of four numbers) and writes int32 sums
    (address, sums from row to row). As the packed codes are 128 too large, so is each
    sum by 128 times the sum of its row's codes.
    """

    @intrinsic
    def tile(
        typing_context: Any,
        codes: Any,
        stride: Any,
        packed: Any,
        steps: Any,
        out: Any,
        out_stride: Any,
    ) -> Any:
        signature = types.void(*[types.intp] * 6)

        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _emit_tile(builder, n_lanes, *arguments)
            return context.get_dummy_value()

        return signature, emit

    made: Callable[..., None] = tile
    return made


def _emit_tile(
    builder: Any,
    n_lanes: int,
    codes: Any,
    stride: Any,
    packed: Any,
    steps: Any,
    out: Any,
    out_stride: Any,
) -> None:
    """Write one loop over the steps, with all sums of the tile in registers."""
    number, sums = ir.IntType(64), ir.VectorType(ir.IntType(32), n_lanes)
    bytes_of_register = 4 * n_lanes
    multiply_add = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
        builder.module,
        ir.FunctionType(sums, [sums, sums, sums]),
        f"llvm.x86.avx512.vpdpbusd.{8 * bytes_of_register}",
    )

    def constant(value: int) -> Any:
        return ir.Constant(number, value)

    def at(address: Any, kind: Any) -> Any:
        return builder.inttoptr(address, kind.as_pointer())

    before = builder.block
    loop, after = (builder.append_basic_block(name) for name in ("steps", "store"))
    builder.branch(loop)
    builder.position_at_end(loop)
    step = builder.phi(number)
    held = [[builder.phi(sums) for _ in range(REGISTERS)] for _ in range(ROWS)]
    group = builder.add(
        packed, builder.mul(step, constant(REGISTERS * bytes_of_register))
    )
    labels = [
        builder.load(
            at(builder.add(group, constant(r * bytes_of_register)), sums), align=1
        )
        for r in range(REGISTERS)
    ]
    column = builder.add(codes, builder.mul(step, constant(4)))
    added = []
    for row, of_row in enumerate(held):
        four = builder.load(
            at(builder.add(column, builder.mul(stride, constant(row))), ir.IntType(32)),
            align=1,
        )
        everywhere = _in_all_lanes(builder, four, sums)
        added.append(
            [
                builder.call(multiply_add, [so_far, label, everywhere])
                for so_far, label in zip(of_row, labels, strict=True)
            ]
        )
    following = builder.add(step, constant(1))
    step.add_incoming(constant(0), before)
    step.add_incoming(following, loop)
    for of_row, new in zip(held, added, strict=True):
        for so_far, total in zip(of_row, new, strict=True):
            so_far.add_incoming(ir.Constant(sums, [0] * n_lanes), before)
            so_far.add_incoming(total, loop)
    builder.cbranch(builder.icmp_signed("<", following, steps), loop, after)
    builder.position_at_end(after)
    for row, new in enumerate(added):
        line = builder.add(
            out, builder.mul(builder.mul(out_stride, constant(row)), constant(4))
        )
        for r, total in enumerate(new):
            place = at(builder.add(line, constant(r * bytes_of_register)), sums)
            builder.store(total, place, align=1)


def _in_all_lanes(builder: Any, four: Any, kind: Any) -> Any:
    nothing = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(nothing, four, ir.Constant(ir.IntType(32), 0))
    lanes_from_first = ir.Constant(
        ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count
    )
    return builder.shuffle_vector(first, nothing, lanes_from_first)
