"""The text of the package's page; all else is in pyproject.toml."""

import runpy
from pathlib import Path

from setuptools import setup

page = runpy.run_path(str(Path(__file__).parent / 'docs' / 'package_page.py'))

setup(long_description=page['main'](), long_description_content_type='text/markdown')
