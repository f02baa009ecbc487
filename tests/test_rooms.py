"""Which rooms import which: one order, bottom up, and no circle among modules."""

import ast
from pathlib import Path

import pytest

import chainercv_seg

ROOT = Path(chainercv_seg.__file__).parent
#: Bottom up: a room imports itself and those before it.
ORDER = [
    '_modern_chainer',
    'utils',
    'transforms',
    'visualizations',
    'datasets',
    'engines',
    'functions',
    'weights',
    'inference',
    'links',
    'prepared',
    'export',
    'evaluations',
    'extensions',
    'cli',
]
#: Imports upwards, all of them inside functions, and why each is there.
EXCEPTIONS = {
    (
        'chainercv_seg.inference',
        'chainercv_seg.prepared.optimize',
    ): 'it was there first, and users import it from there',
    (
        'chainercv_seg.utils.prepare_pretrained_model',
        'chainercv_seg.transforms',
    ): 'ChainerCV has this function in utils; it warns of the resize backend',
}


def modules():
    """Each module's name and syntax tree."""
    for path in sorted(ROOT.rglob('*.py')):
        parts = path.relative_to(ROOT.parent).with_suffix('').parts
        yield '.'.join(parts).removesuffix('.__init__'), ast.parse(path.read_text('utf-8'))


NAMES = {name for name, _ in modules()}


def imports(name, tree):
    """The modules of the package that a module imports, and whether inside a function."""
    late = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f'{node.module}.{alias.name}'
                yield (whole if whole in NAMES else node.module), node in late
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node in late
        else:
            assert not (isinstance(node, ast.ImportFrom) and node.level), f'{name}: relative import'


ARROWS = {
    (name, target, late)
    for name, tree in modules()
    for target, late in imports(name, tree)
    if target.split('.')[0] == 'chainercv_seg' and target != name
}


def room(name):
    """The place of a module's room in the order; the package is below all, what `-m` runs above."""
    parts = name.split('.')
    if parts[-1] == '__main__':
        return len(ORDER)
    return ORDER.index(parts[1]) if len(parts) > 1 else -1


def test_every_room_has_its_place():
    rooms = {path.parent.name for path in ROOT.glob('*/__init__.py')}
    assert rooms == set(ORDER)


def test_rooms_import_only_those_below_them():
    upwards = {
        (name, target)
        for name, target, _ in ARROWS
        if room(target) > room(name) and not (name == 'chainercv_seg' and room(target) == 0)
    }
    assert upwards == set(EXCEPTIONS)


def test_what_is_imported_upwards_is_imported_late():
    assert all(late for name, target, late in ARROWS if (name, target) in EXCEPTIONS)


def test_no_module_imports_itself_in_a_circle():
    below = {}
    for name, target, _ in ARROWS:
        # A package's own module imports its parts, and they nothing of it.
        if (name, target) not in EXCEPTIONS and target != 'chainercv_seg':
            below.setdefault(name, set()).add(target)
    done, path = set(), []

    def visit(name):
        assert name not in path, ' -> '.join([*path[path.index(name) :], name])
        if name in done:
            return
        path.append(name)
        for target in sorted(below.get(name, ())):
            visit(target)
        path.pop()
        done.add(name)

    for name in sorted(below):
        visit(name)


@pytest.mark.parametrize('name', ['links'])
def test_links_reach_kernels_through_functions_only(name):
    reached = {
        target for source, target, _ in ARROWS if source.startswith(f'chainercv_seg.{name}.')
    }
    assert not {target for target in reached if target.startswith('chainercv_seg.engines')}
