"""`python -m tools.publication`: writes the files of a release to dist/."""

import sys

import click

from tools.deployment.compiled import compile_contract
from tools.publication.release import make_release

if __name__ == "__main__":
    try:
        make_release(compile_contract())
    except click.ClickException as error:
        error.show()
        sys.exit(1)
