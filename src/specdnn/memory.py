"""Freed memory kept for the next step, instead of given back to the system and fetched again."""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # mallopt's names in glibc's malloc.h
LARGEST_THRESHOLD = 32 << 20  # bytes; glibc refuses more for M_MMAP_THRESHOLD


def keep_freed() -> None:
    """Let glibc keep what is freed. Changes no result; does nothing where there is no glibc.

    A training step frees a few buffers of megabytes and takes the like again in the next one. By default they come
    as fresh pages each time, and the first touch of each page is a fault.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, LARGEST_THRESHOLD)
        mallopt(M_TRIM_THRESHOLD, -1)  # never
