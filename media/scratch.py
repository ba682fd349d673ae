"""Room for what is needed while a recording is worked on: folders that are gone afterwards."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from media.ffmpeg import ran_out_of_room
from media.refusals import FfmpegFailed, StoreUnwritable


@contextmanager
def work_folder(scratch: Path) -> Iterator[Path]:
    """A fresh folder below `scratch`, which is made where it is missing. Raises StoreUnwritable.

    So does an ffmpeg inside that ends because its output finds no room.
    """
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=scratch, prefix="ingest-")
    except OSError as error:
        raise StoreUnwritable(path=str(scratch), reason=os.strerror(error.errno or 0)) from error
    with folder as name:
        try:
            yield Path(name)
        except FfmpegFailed as failure:
            reason = ran_out_of_room(failure)
            if reason is None:
                raise
            raise StoreUnwritable(path=str(scratch), reason=reason) from failure
