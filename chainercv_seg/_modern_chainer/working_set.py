"""What ``chainer.testing`` asks of ``pkg_resources``: are these requirements installed?"""

from importlib import metadata

from packaging.requirements import Requirement


class ResolutionError(Exception):
    """A requirement is not met."""


class WorkingSet:
    """The installed distributions."""

    def require(self, *requirements: str) -> None:
        """Check that requirements are installed.

        Unlike ``pkg_resources`` it does not go into the requirements of the requirements.

        Args:
            requirements: Requirement specifiers, for example ``'numpy>=1.10'``.

        Raises:
            ResolutionError: A distribution is missing or has another version.
            packaging.requirements.InvalidRequirement: A specifier cannot be parsed.
        """
        for requirement in map(Requirement, requirements):
            if requirement.marker is not None and not requirement.marker.evaluate():
                continue
            try:
                version = metadata.version(requirement.name)
            except metadata.PackageNotFoundError as error:
                raise ResolutionError(f'{requirement} is required, none is installed') from error
            if not requirement.specifier.contains(version, prereleases=True):
                raise ResolutionError(f'{requirement} is required, {version} is installed')
