"""Build the site: python docs/site. It is a folder of files, which any host of files can serve."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from check_links import broken_links
from example import write_report
from pages import ROOT
from staging import stage


def main() -> int:
    """Build the site, and check its links.

    Returns:
        The exit code: 0, or 1 where the generator warns or a link leads nowhere.
    """
    parser = argparse.ArgumentParser(description='Build the site.')
    parser.add_argument('--output', type=Path, default=ROOT / 'site', help='default: site')
    parser.add_argument(
        '--report', type=Path, help='an evaluation report to show, in the place of a new one'
    )
    options = parser.parse_args()
    site = options.output
    source = ROOT / 'build' / 'site'
    report = options.report or write_report(ROOT / 'build' / 'example')
    stage(source, report)
    shutil.rmtree(site, ignore_errors=True)
    here = str(Path(__file__).parent)
    generator = [sys.executable, '-m', 'sphinx', '--quiet', '--fail-on-warning', '--fresh-env']
    done = subprocess.run([*generator, '--conf-dir', here, str(source), str(site)])
    if done.returncode:
        return 1
    shutil.copyfile(report, site / 'report.html')
    broken = broken_links(site)
    print('\n'.join([*broken, f'site: {site / "index.html"}']))
    return int(bool(broken))


if __name__ == '__main__':
    sys.exit(main())
