"""From compiled functions to one WebAssembly module: the same instructions, for another machine.

Numba compiles a function to LLVM's intermediate representation on the way to the processor. Here that representation,
unoptimised and for a generic processor, is given another target, `wasm32`, optimised there, and emitted as an object
file. An object is consistent with itself, so a list of exports is all that a linker would have to add. Neither
form contains fused multiply-adds or relaxed floating-point arithmetic, so both compute the same bytes.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator, Mapping
from typing import Any

TRIPLE = "wasm32-unknown-unknown"
FEATURES = "+bulk-memory,+sign-ext,+nontrapping-fptoint,+mutable-globals"  # in every browser since 2021
_CODE_AND_AFTER = (8, 9, 10, 11, 12)  # sections that come after the exports
_EXPORTS, _DATA_COUNT, _DATA = 7, 12, 11
_UNDEFINED, _EXPLICIT = 0x10, 0x40  # flags of a symbol


def leb(number: int) -> bytes:
    """An unsigned number in LEB128, as WebAssembly writes it."""
    out = b""
    while True:
        low, number = number & 127, number >> 7
        if not number:
            return out + bytes([low])
        out += bytes([low | 128])


def read_leb(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned number that begins at a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return value, at


def sections(module: bytes) -> Iterator[tuple[int, bytes]]:
    """The sections of a module: (number, content)."""
    at = 8
    while at < len(module):
        number = module[at]
        size, begin = read_leb(module, at + 1)
        at = begin + size
        yield number, module[begin:at]


def _functions_of(linking: bytes) -> dict[str, int]:
    """The functions that an object defines, by name, from its custom section "linking"."""
    found: dict[str, int] = {}
    _, at = read_leb(linking, 0)  # the version
    while at < len(linking):
        kind = linking[at]
        size, begin = read_leb(linking, at + 1)
        at = begin + size
        if kind != 8:  # the table of symbols
            continue
        count, q = read_leb(linking, begin)
        for _ in range(count):
            what = linking[q]
            flags, q = read_leb(linking, q + 1)
            if what in (0, 2, 4, 5):  # a function, global, tag or table
                index, q = read_leb(linking, q)
                if not flags & _UNDEFINED or flags & _EXPLICIT:
                    length, q = read_leb(linking, q)
                    if what == 0:
                        found[linking[q : q + length].decode()] = index
                    q += length
            elif what == 1:  # data
                length, q = read_leb(linking, q)
                q += length
                if not flags & _UNDEFINED:
                    for _ in range(3):
                        _, q = read_leb(linking, q)
            else:  # a section
                _, q = read_leb(linking, q)
    return found


def export(compiled: bytes, names: Mapping[str, str]) -> bytes:
    """An object file as a module: without its custom sections, and with functions exported.

    Parameters
    ----------
    compiled : what LLVM emitted.
    names : the symbol of each function, by the name that it is exported under.
    """
    symbols: dict[str, int] = {}
    for number, content in sections(compiled):
        if number == 0:
            length, at = read_leb(content, 0)
            if content[at : at + length] == b"linking":
                symbols = _functions_of(content[at + length :])
    entries = [leb(len(n)) + n.encode() + b"\0" + leb(symbols[symbol]) for n, symbol in names.items()]
    exports = leb(len(entries)) + b"".join(entries)
    out, done = compiled[:8], False
    for number, content in sections(compiled):
        if number == 0:
            continue
        if number in _CODE_AND_AFTER and not done:
            out += bytes([_EXPORTS]) + leb(len(exports)) + exports
            done = True
        out += bytes([number]) + leb(len(content)) + content
    return out


def data_end(module: bytes) -> int:
    """The first byte of memory after the constants of a module."""
    end = 0
    for number, content in sections(module):
        if number != _DATA:
            continue
        count, at = read_leb(content, 0)
        for _ in range(count):
            mode, at = read_leb(content, at)
            offset = 0
            if mode != 1:  # i32.const OFFSET end
                offset, at = read_leb(content, at + 1)
                at += 1
            size, at = read_leb(content, at)
            end, at = max(end, offset + size), at + size
    return end


def imports(module: bytes) -> list[str]:
    """The functions that a module expects from its host, by name."""
    found = []
    for number, content in sections(module):
        if number != 2:
            continue
        count, at = read_leb(content, 0)
        for _ in range(count):
            length, at = read_leb(content, at)
            at += length
            length, at = read_leb(content, at)
            name, kind = content[at : at + length].decode(), content[at + length]
            at += length + 1
            if kind == 0:  # a function: its type
                found.append(name)
                _, at = read_leb(content, at)
            elif kind == 1:  # a table: type, limits
                flags, at = read_leb(content, at + 1)
                for _ in range(1 + (flags & 1)):
                    _, at = read_leb(content, at)
            elif kind == 2:  # the memory: limits
                flags, at = read_leb(content, at)
                for _ in range(1 + (flags & 1)):
                    _, at = read_leb(content, at)
            else:  # a global: type, whether it changes
                at += 2
    return found


def _generic(text: str, layout: str) -> str:
    text = re.sub(r"^target triple = .*$", f'target triple = "{TRIPLE}"', text, flags=re.M)
    text = re.sub(r"^target datalayout = .*$", f'target datalayout = "{layout}"', text, flags=re.M)
    return re.sub(r'"target-(cpu|features)"="[^"]*"', "", text)


def to_wasm(functions: Mapping[str, tuple[Any, Any]]) -> tuple[bytes, list[dict[str, Any]]]:
    """One module that exports compiled functions, and what they may raise: {"error", "file", "line"} of each.

    Parameters
    ----------
    functions : (dispatcher, signature) by name; each has been compiled for that signature in this process.
    """
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(cpu="generic", features=FEATURES, opt=3)
    whole = llvm.parse_assembly("")
    whole.triple, whole.data_layout = TRIPLE, str(machine.target_data)
    names: dict[str, str] = {}
    raised: list[dict[str, Any]] = []
    for name, (dispatcher, signature) in functions.items():
        symbol = dispatcher.overloads[signature].fndesc.mangled_name
        text = without_pickles(dispatcher.inspect_llvm(signature), raised)
        module = llvm.parse_assembly(_generic(text, str(machine.target_data)))
        for item in (*module.functions, *module.global_variables):
            if not item.is_declaration and item.name != symbol:
                item.linkage = "internal"
        whole.link_in(module)
        names[name] = symbol
    whole.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    for _ in range(2):
        builder.getModulePassManager().run(whole, builder)
    return export(machine.emit_object(whole), names), raised


_PICKLE = re.compile(r'^(@\.const\.pickledata\.\S+ = .*? \[\d+ x i8\] )c"(.*)"(.*)$', re.M)


def without_pickles(text: str, raised: list[dict[str, Any]]) -> str:
    """The text with each pickle of an exception replaced by its number in `raised`, to which it is added.

    A function that raises returns the address of a constant: the pickle of (exception, arguments, place) that Numba
    made when it compiled the function. A page cannot read pickles, and the path of a file is private.
    """

    def numbered(found: re.Match[str]) -> str:
        data = _bytes_of(found[2])
        if ".sha1" in found[1]:
            number = 0
        else:
            entry = _raised(data)
            if entry not in raised:
                raised.append(entry)
            number = raised.index(entry)
        rest = number.to_bytes(4, "little") + bytes(len(data) - 4)
        return f'{found[1]}c"{"".join(f"{chr(92)}{byte:02X}" for byte in rest)}"{found[3]}'

    return _PICKLE.sub(numbered, text)


def _raised(data: bytes) -> dict[str, Any]:
    exception, arguments, place = pickle.loads(data)
    words = ", ".join(str(x) for x in arguments or ())
    _, file, line = place or ("", "", 0)
    name = getattr(exception, "__name__", str(exception))
    file = file.replace("\\", "/").rpartition("/")[2]
    return {"error": f"{name}: {words}" if words else name, "file": file, "line": line}


def _bytes_of(text: str) -> bytes:
    """The bytes of a constant as LLVM writes it, where unprintable characters are a backslash and two digits."""
    return re.sub(
        rb"\\(\\|[0-9A-F]{2})", lambda m: m[1] if m[1] == b"\\" else bytes([int(m[1], 16)]), text.encode("latin-1")
    )


def leaves(kind: Any, name: str) -> list[dict[str, Any]]:
    """How an argument is passed: the numbers, arrays and records that it is made of, in order.

    Raises
    ------
    TypeError : for a type of argument that a page cannot pass.
    """
    from numba.core import types

    if isinstance(kind, types.Array):
        return [{"name": name, "kind": "array", "dims": kind.ndim, "size": _bytes(kind.dtype)}]
    if isinstance(kind, types.Record):
        return [{"name": name, "kind": "record"}]
    if isinstance(kind, types.BaseNamedTuple):
        named: Any = kind  # of one type, or of several
        inner = list(named.types) if hasattr(named, "types") else [named.dtype] * named.count
        return [x for field, each in zip(named.fields, inner, strict=True) for x in leaves(each, f"{name}.{field}")]
    if isinstance(kind, types.Boolean):
        return [{"name": name, "kind": "i32"}]
    if isinstance(kind, types.Integer):
        return [{"name": name, "kind": "i64" if _bytes(kind) == 8 else "i32"}]
    if isinstance(kind, types.Float) and kind.bitwidth == 64:
        return [{"name": name, "kind": "f64"}]
    raise TypeError(f"{name} is {kind}")


def _bytes(kind: Any) -> int:
    from numba.core import types

    if isinstance(kind, types.Record):
        return kind.size
    return 1 if isinstance(kind, types.Boolean) else kind.bitwidth // 8


__all__ = ["data_end", "export", "imports", "leaves", "to_wasm", "without_pickles"]
