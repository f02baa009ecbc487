"""The import of Chainer: what it leaves behind, and that the rest of Python is left alone."""

import pytest


def test_importing_the_package_imports_nothing_big(run_python):
    script = """
        import sys
        import chainercv_seg
        print(sorted({'chainer', 'chainermn', 'cupy', 'numpy', 'setuptools'} & sys.modules.keys()))
    """
    assert run_python(script, '-W', 'error') == '[]\n'


def test_installing_again_loads_and_changes_nothing(run_python):
    script = """
        import sys
        from chainercv_seg import _modern_chainer
        _modern_chainer.install()
        before = set(sys.modules), list(sys.meta_path), list(sys.path_hooks)
        _modern_chainer.install()
        print(before == (set(sys.modules), list(sys.meta_path), list(sys.path_hooks)))
    """
    assert run_python(script) == 'True\n'


def test_importing_chainer_warns_of_nothing_and_leaves_nothing_behind(run_python, tmp_path):
    script = """
        import importlib.util
        import sys

        hooks = list(sys.meta_path), list(sys.path_hooks)
        import chainercv_seg
        assert (sys.meta_path, sys.path_hooks) == hooks
        import numpy
        before = dict(vars(numpy))
        import chainer, chainer.exporters, chainer.links.caffe, chainer.testing
        import chainer.testing.doctest_helper
        if importlib.util.find_spec('mpi4py'):
            import chainermn
        hooks = {getattr(h, '__module__', '') for h in sys.meta_path + sys.path_hooks}  # six has one
        assert not any(name.startswith('chainercv_seg') for name in hooks), hooks

        # Whoever imports a submodule of NumPy adds it to NumPy; nothing else was added.
        added = {k: v for k, v in vars(numpy).items() if before.get(k) is not v}
        assert all(sys.modules.get(f'numpy.{k}') is v for k, v in added.items()), added
        assert 'numpy.distutils' not in sys.modules

        # The real one, which chainer.testing needs, is left alone where it works.
        from chainercv_seg._modern_chainer.environment import pkg_resources_warns
        if pkg_resources_warns():
            assert 'pkg_resources' not in sys.modules
    """
    env = {'PYTHONPYCACHEPREFIX': str(tmp_path), 'PYTHONDONTWRITEBYTECODE': ''}
    run_python(script, '-W', 'error', env=env)
    compiled = {
        f'{path.parent.name}/{path.name.partition(".")[0]}' for path in tmp_path.rglob('*.pyc')
    }
    assert 'chainer/function_node' in compiled
    # Plain Chainer would run on it.
    assert not {'array/resize_images', 'chainer/_environment_check'} & compiled


def test_modules_of_chainer_behave_as_modules(run_python):
    run_python("""
        import chainercv_seg
        import importlib, inspect, pickle, pkgutil, traceback

        importlib.invalidate_caches()
        import chainer, chainer.functions as F, numpy as np
        from chainer.functions.array import resize_images as module

        lines = inspect.getsource(module).splitlines()
        source, first = inspect.getsourcelines(module.compute_indices_and_weights)
        assert lines[first - 1] == source[0].rstrip()
        assert inspect.getsourcefile(module) == module.__file__ == module.__spec__.origin

        x = np.arange(4, dtype=np.float32).reshape(1, 1, 2, 2)
        resize = pickle.loads(pickle.dumps(F.resize_images))
        assert resize is F.resize_images
        assert resize(x, (3, 3)).array[0, 0, 1, 1] == 1.5

        importlib.invalidate_caches()
        importlib.reload(module)
        assert module.resize_images(x, (3, 3)).array[0, 0, 1, 1] == 1.5

        try:
            F.as_strided([0], (1,), (1,), 0)
        except TypeError as error:
            lines = [frame.line for frame in traceback.extract_tb(error.__traceback__)]
        assert any(line.startswith('return AsStrided(') for line in lines), lines

        found = {m.name for m in pkgutil.walk_packages(chainer.__path__, 'chainer.')}
        assert {'chainer.variable', 'chainer.functions.array.resize_images'} <= found
    """)


def test_only_folders_of_chainer_have_another_finder(run_python):
    script = """
        import os, sys
        import importlib.util
        import chainercv_seg
        from chainercv_seg._modern_chainer.importer import finder
        from chainercv_seg._modern_chainer.gaps import GAPS
        root = os.path.dirname(importlib.util.find_spec('chainer').submodule_search_locations[0])
        packages = {g.module.rpartition('.')[0] for g in GAPS}
        folders = {os.path.join(root, *package.split('.')) for package in packages}
        ours = {k for k, v in sys.path_importer_cache.items() if v is finder(k)}
        assert ours == folders
        chainercv_seg._modern_chainer.install()
        assert {k for k, v in sys.path_importer_cache.items() if v is finder(k)} == folders
    """
    run_python(script)


@pytest.mark.parametrize('chainer', ['None', 'types.ModuleType("chainer")'])
def test_without_chainer_nothing_is_done(run_python, chainer):
    run_python(f"""
        import sys, types
        for name in 'chainer', 'chainermn', 'onnx_chainer':
            sys.modules[name] = {chainer}
        import chainercv_seg
        from chainercv_seg._modern_chainer.importer import finder
        assert finder.cache_info().currsize == 0
    """)
