"""What msgspec raises for bytes that are not the JSON that was expected.

Besides its own errors: for a string that is not UTF-8, and for nesting too deep, in parts that are skipped too.
"""

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
