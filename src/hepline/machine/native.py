"""Optimization of LLVM IR, compilation for this processor, and calls of the result."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numpy as np
from numpy.typing import NDArray

from hepline.machine.places import BEYOND, OUTSIDE
from hepline.machine.statements import NO_MEMORY, OVERFLOW
from hepline.machine.translation import Parameter
from hepline.machine.types import Untranslated

__all__ = ["Native", "machine", "object_code"]


def _target() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="default",
        codemodel="jitdefault",
    )


@cache
def machine() -> str:
    """A description of processor and compiler, on which machine code depends."""
    features = llvm.get_host_cpu_features().flatten()
    version = f"{llvmlite.__version__} {llvm.llvm_version_info}"
    return f"{version} {llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features}"


def object_code(text: str) -> bytes:
    """Compile LLVM IR.

    Parameters
    ----------
    text : str

    Returns
    -------
    bytes
        An object file.

    Raises
    ------
    Untranslated
        If LLVM rejects it.
    """
    target = _target()
    try:
        module = llvm.parse_assembly(text)
    except RuntimeError as error:
        raise Untranslated(f"LLVM does not understand it: {error}") from error
    module.triple = llvm.get_process_triple()
    module.data_layout = str(target.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    options.slp_vectorization = True
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(target.emit_object(module))


class Native:
    """A kernel that can be called with arrays.

    Parameters
    ----------
    code : bytes
        An object file with a function ``kernel`` (see `translation.translated`).
    parameters : sequence of Parameter
        Parameters of the kernel.
    """

    def __init__(self, code: bytes, parameters: Sequence[Parameter]) -> None:
        empty = llvm.parse_assembly("")
        empty.triple = llvm.get_process_triple()
        # Keeps the code alive.
        self._engine = llvm.create_mcjit_compiler(empty, _target())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        address = self._engine.get_function_address("kernel")
        self._call = ctypes.CFUNCTYPE(ctypes.c_uint8, ctypes.c_void_p)(address)
        self._parameters = tuple(parameters)

    def __call__(self, *values: float | NDArray[Any]) -> None:
        """Run the kernel without Python's lock.

        Raises
        ------
        OverflowError
            If an integer does not fit.
        MemoryError
        IndexError
            If a function of the user indexed outside a list.
        TypeError
            If an argument has the wrong type.
        """
        packed: list[int] = []
        for parameter, value in zip(self._parameters, values, strict=True):
            packed += _packed(parameter, value)
        arguments = np.array(packed, np.int64)
        reason = self._call(arguments.ctypes.data)
        if reason:
            raise _REASONS[reason]


_REASONS = {
    OVERFLOW: OverflowError("an integer does not fit"),
    NO_MEMORY: MemoryError("no memory for the rows of a kernel"),
    OUTSIDE: AssertionError("a kernel looked outside of an array"),
    BEYOND: IndexError("index is out of bounds"),
}


def _packed(parameter: Parameter, value: float | NDArray[Any]) -> list[int]:
    if not parameter.dimensions:
        number = np.array(value, parameter.dtype)
        return [int(number.view(np.int64))]
    fits = (
        isinstance(value, np.ndarray)
        and value.dtype == parameter.dtype
        and value.ndim == parameter.dimensions
        and value.flags.c_contiguous
    )
    if not fits or not isinstance(value, np.ndarray):
        raise TypeError(f"{parameter.name} is not a contiguous array of {parameter.dtype}")
    return [value.ctypes.data, *value.shape]
