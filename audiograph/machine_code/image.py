"""Position-independent images of machine code, which any process can map at any address.

LLVM writes object files, which must be linked with the functions they call. In
the code model that numba chooses, code reaches everything external through a
table of addresses, and finds the table and its own constants by relative
offsets. The offsets are filled in once, here; each process fills the table.

Reference: System V Application Binary Interface, AMD64 Architecture Processor
Supplement, version 1.0, sections 4.4 (relocation) and 4.2 (sections).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

_HEADER = struct.Struct("<4sQQII")  # MAGIC, entry, offset of the table, bytes of the names and of the code
MAGIC = b"AGX1"
ADDRESS_SIZE = 8  # bytes

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQq")
_CONTENT, _SYMBOLS, _RELOCATIONS = 1, 2, 4  # section types: SHT_PROGBITS, SHT_SYMTAB, SHT_RELA
_WRITE, _LOADED = 1, 2  # section flags: SHF_WRITE, SHF_ALLOC
PC64, GOTOFF64, GOT64, GOTPC64 = 24, 25, 27, 29  # relocation types


class Image(NamedTuple):
    """Code with its constants, and the table of addresses at its end."""

    code: bytes
    entry: int  # offset of the entry point
    table: int  # offset of the table of addresses
    names: tuple[str, ...]  # of the symbols whose addresses go into the table, in order


class LayoutError(ValueError):
    """An object file that cannot become an image, or bytes that are not an image."""


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    begin: int  # offset in the file
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


class _Symbol(NamedTuple):
    name: str
    section: int
    value: int


def packed(image: Image) -> bytes:
    """An image as bytes."""
    names = " ".join(image.names).encode()
    head = _HEADER.pack(MAGIC, image.entry, image.table, len(names), len(image.code))
    return head + names + image.code


def unpacked(raw: bytes) -> Image:
    """The image from the bytes of `packed`; LayoutError if they are not an image."""
    if len(raw) < _HEADER.size or not raw.startswith(MAGIC):
        raise LayoutError("these bytes are not an image")
    _, entry, table, names_size, size = _HEADER.unpack_from(raw)
    begin = _HEADER.size + names_size
    names = tuple(raw[_HEADER.size : begin].decode().split())
    code = raw[begin:]
    if not (len(code) == size == table + ADDRESS_SIZE * len(names) and entry < table):
        raise LayoutError("this image does not have the size that its header states")
    return Image(code, entry, table, names)


def laid_out(file: bytes, entry: str) -> Image:
    """The image of an object file for x86-64; LayoutError for one that cannot be an image."""
    sections = list(_sections(file))
    offsets, code = _placed(file, sections)
    symbols = [
        symbol for each in sections if each.kind == _SYMBOLS for symbol in _symbols(file, sections, each)
    ]
    table, names = len(code), dict[str, int]()

    def offset_of(symbol: _Symbol) -> int:
        if symbol.section not in offsets:
            raise LayoutError(f"{symbol.name or 'a symbol without a name'} is not in the code")
        return offsets[symbol.section] + symbol.value

    for each in sections:
        if each.kind != _RELOCATIONS or each.info not in offsets:
            continue
        for offset, info, addend in _RELOCATION.iter_unpack(file[each.begin : each.begin + each.size]):
            kind, symbol = info & 0xFFFFFFFF, symbols[info >> 32]
            here = offsets[each.info] + offset
            if kind == GOTPC64:
                value = table - here
            elif kind == GOTOFF64:
                value = offset_of(symbol) - table
            elif kind == GOT64:
                value = ADDRESS_SIZE * names.setdefault(symbol.name, len(names))
            elif kind == PC64:
                value = offset_of(symbol) - here
            else:
                raise LayoutError(f"relocations of type {kind} are not supported")
            struct.pack_into("<q", code, here, value + addend)
    begin = next((offset_of(symbol) for symbol in symbols if symbol.name == entry), None)
    if begin is None:
        raise LayoutError(f"there is no function {entry}")
    return Image(bytes(code) + bytes(ADDRESS_SIZE * len(names)), begin, table, tuple(names))


def _sections(file: bytes) -> Iterator[_Section]:
    if file[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<HH", file, 16) != (1, 62):
        raise LayoutError("this is not an object file for x86-64")
    (begin,), (size, count) = struct.unpack_from("<Q", file, 40), struct.unpack_from("<HH", file, 58)
    for number in range(count):
        yield _Section(*_SECTION.unpack_from(file, begin + size * number))


def _placed(file: bytes, sections: list[_Section]) -> tuple[dict[int, int], bytearray]:
    """The offset of each section in the code, by its number, and the code: all sections joined."""
    offsets, code = dict[int, int](), bytearray()
    for number, each in enumerate(sections):
        if each.kind == _CONTENT and each.flags & _LOADED and each.size:
            if each.flags & _WRITE:
                raise LayoutError("it has global variables")
            code += bytes(-len(code) % each.alignment)
            offsets[number] = len(code)
            code += file[each.begin : each.begin + each.size]
    code += bytes(-len(code) % ADDRESS_SIZE)
    return offsets, code


def _symbols(file: bytes, sections: list[_Section], table: _Section) -> Iterator[_Symbol]:
    names = sections[table.link].begin
    for name, _, _, section, value, _ in _SYMBOL.iter_unpack(file[table.begin : table.begin + table.size]):
        yield _Symbol(file[names + name : file.index(b"\0", names + name)].decode(), section, value)
