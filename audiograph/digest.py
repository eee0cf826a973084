"""BLAKE2b without the start of OpenSSL, which `hashlib` loads with it."""

try:
    from _blake2 import blake2b
except ImportError:  # another Python than CPython
    from hashlib import blake2b

__all__ = ["blake2b"]
