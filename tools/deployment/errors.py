"""The one error of this package."""

import click


class DeploymentError(click.ClickException):
    """Something that the operator can put right. Shown as one line on stderr, exit status 1."""
