"""Machine code as an image: laid out once, so that any process may map it wherever there is room.

LLVM writes object files, which a linker must first join to what they call. In
the code model numba has it use, code reaches all that is not itself through a
table of addresses, and finds that table and its own constants by their
distance. So distances are put in once, here, and a process fills the table.

Reference: System V Application Binary Interface, AMD64 Architecture Processor
Supplement, version 1.0, sections 4.4 (relocation) and 4.2 (sections).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

_HEADER = struct.Struct("<4sQQII")  # MAGIC, entry, place of the table, octets of the names and of the code
MAGIC = b"AGX1"
WORD = 8  # octets of an address

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQq")
_CONTENT, _SYMBOLS, _RELOCATIONS = 1, 2, 4  # kinds of sections
_WRITE, _HELD = 1, 2  # flags of a section: written to, part of the program
PC64, GOTOFF64, GOT64, GOTPC64 = 24, 25, 27, 29  # kinds of relocations


class Image(NamedTuple):
    """Code with its constants, and the table of addresses at its end."""

    code: bytes
    entry: int  # where it is to be called
    table: int  # where the addresses go, one after the other
    names: tuple[str, ...]  # of what they are the addresses of


class LayoutError(ValueError):
    """An object file that has more to it, or bytes that are no image."""


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    begin: int  # in the file
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
    """The image that `packed` has made these bytes of; LayoutError where they are none."""
    if len(raw) < _HEADER.size or not raw.startswith(MAGIC):
        raise LayoutError("these bytes are no image")
    _, entry, table, named, size = _HEADER.unpack_from(raw)
    begin = _HEADER.size + named
    names = tuple(raw[_HEADER.size : begin].decode().split())
    code = raw[begin:]
    if not (len(code) == size == table + WORD * len(names) and entry < table):
        raise LayoutError("this image does not hold what it says")
    return Image(code, entry, table, names)


def laid_out(file: bytes, entry: str) -> Image:
    """The image of an object file for x86-64; LayoutError for what an image cannot hold."""
    sections = list(_sections(file))
    places, code = _placed(file, sections)
    symbols = [
        symbol for each in sections if each.kind == _SYMBOLS for symbol in _symbols(file, sections, each)
    ]
    table, names = len(code), dict[str, int]()

    def place(symbol: _Symbol) -> int:
        if symbol.section not in places:
            raise LayoutError(f"{symbol.name or 'something'} is nowhere in the code")
        return places[symbol.section] + symbol.value

    for each in sections:
        if each.kind != _RELOCATIONS or each.info not in places:
            continue
        for offset, info, addend in _RELOCATION.iter_unpack(file[each.begin : each.begin + each.size]):
            kind, symbol = info & 0xFFFFFFFF, symbols[info >> 32]
            here = places[each.info] + offset
            if kind == GOTPC64:
                value = table - here
            elif kind == GOTOFF64:
                value = place(symbol) - table
            elif kind == GOT64:
                value = WORD * names.setdefault(symbol.name, len(names))
            elif kind == PC64:
                value = place(symbol) - here
            else:
                raise LayoutError(f"relocations of kind {kind} are not known here")
            struct.pack_into("<q", code, here, value + addend)
    begin = next((place(symbol) for symbol in symbols if symbol.name == entry), None)
    if begin is None:
        raise LayoutError(f"there is no {entry}")
    return Image(bytes(code) + bytes(WORD * len(names)), begin, table, tuple(names))


def _sections(file: bytes) -> Iterator[_Section]:
    if file[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<HH", file, 16) != (1, 62):
        raise LayoutError("this is no object file for x86-64")
    (begin,), (size, count) = struct.unpack_from("<Q", file, 40), struct.unpack_from("<HH", file, 58)
    for number in range(count):
        yield _Section(*_SECTION.unpack_from(file, begin + size * number))


def _placed(file: bytes, sections: list[_Section]) -> tuple[dict[int, int], bytearray]:
    """Where each section of the program goes, and all of them together."""
    places, code = dict[int, int](), bytearray()
    for number, each in enumerate(sections):
        if each.kind == _CONTENT and each.flags & _HELD and each.size:
            if each.flags & _WRITE:
                raise LayoutError("it has variables")
            code += bytes(-len(code) % each.alignment)
            places[number] = len(code)
            code += file[each.begin : each.begin + each.size]
    code += bytes(-len(code) % WORD)
    return places, code


def _symbols(file: bytes, sections: list[_Section], table: _Section) -> Iterator[_Symbol]:
    names = sections[table.link].begin
    for name, _, _, section, value, _ in _SYMBOL.iter_unpack(file[table.begin : table.begin + table.size]):
        yield _Symbol(file[names + name : file.index(b"\0", names + name)].decode(), section, value)
