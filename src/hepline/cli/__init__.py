"""The command line: one file per command, each a few lines over one public function.

Start reading at `app.py`. typer and rich are known here only.
"""

from hepline.cli.app import main

__all__ = ["main"]
