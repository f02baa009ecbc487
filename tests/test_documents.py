import ast
import importlib
import re
import runpy
from pathlib import Path

import pytest

import chainercv_seg

ROOT = Path(__file__).parents[1]


def blocks(document, language):
    return re.findall(rf'^```{language}\n(.*?)^```', (ROOT / document).read_text(), re.M | re.S)


def test_the_first_two_commands_are_one_line_each_and_set_themselves_up():
    for block in blocks('README.md', 'sh')[:2]:
        assert block.count('\n') == 1
        assert block.startswith('python3 -m pip install -q -U --target .uv uv && ')


def test_ci_runs_the_test_command_of_the_readme_and_the_commands_for_contributors():
    ci = [line.strip() for line in (ROOT / '.ci' / 'run').read_text().splitlines()]
    commands = [blocks('README.md', 'sh')[1], *blocks('CONTRIBUTING.md', 'sh')]
    for line in '\n'.join(commands).split('\n'):
        assert not line or line in ci


@pytest.mark.parametrize(
    'block',
    [
        block
        for document in ('README.md', 'docs/migration.md', 'docs/multi-process.md')
        for block in blocks(document, 'python')
    ],
)
def test_the_examples_use_names_that_exist(block):
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                assert hasattr(importlib.import_module(node.module), alias.name)


def test_every_name_in_the_guide_for_chainercvs_users_can_be_imported():
    text = (ROOT / 'docs/migration.md').read_text()
    names = set(re.findall(r'`(chainercv_seg[\w.]+)`', text))
    for name in names:
        module, _, attribute = name.rpartition('.')
        found = importlib.import_module(module)
        assert hasattr(found, attribute) or importlib.import_module(name), name
    rows = re.findall(r'^\| `(chainercv\.[\w.]+)` \| `([\w.]+)` \|', text, re.M)
    assert len(rows) > 50
    assert len(rows) == text.count('\n| `')  # no row is written otherwise
    for theirs, ours in rows:
        assert theirs.rpartition('.')[2] == ours.rpartition('.')[2]
        assert ours in names


@pytest.mark.parametrize(
    'document',
    [path.relative_to(ROOT) for path in [*ROOT.glob('*.md'), *ROOT.glob('docs/**/*.md')]],
)
def test_links_between_documents_lead_somewhere(document):
    for target in re.findall(r'\]\((?!https?:)([^)#]+)', (ROOT / document).read_text()):
        assert (ROOT / document).parent.joinpath(target).exists()


def test_the_table_of_scores_is_that_of_the_records():
    readme = (ROOT / 'README.md').read_text()
    script = runpy.run_path(str(ROOT / 'docs' / 'score_table.py'))
    assert script['with_table'](readme) == readme, 'run python docs/score_table.py'
    assert "| cityscapes val | pspnet_resnet50 | `'cityscapes'` | 73.99 % |" in readme


def test_changelog_and_citation_know_this_release():
    version = chainercv_seg.__version__
    assert f'\n## [{version}]' in (ROOT / 'CHANGELOG.md').read_text()
    assert f'\nversion: {version}\n' in (ROOT / 'CITATION.cff').read_text()
