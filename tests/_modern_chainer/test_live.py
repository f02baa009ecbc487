"""Chainer imported before this package, with what the user does to make that work."""

from types import FunctionType, ModuleType

import pytest

from chainercv_seg._modern_chainer.live import replace_code

# What people paste into their scripts, taken back after the import.
BY_HAND = """
import sys, types
import numpy

def module(name, **names):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(names)
    return sys.modules[name]

error = type('ResolutionError', (Exception,), {})
def require(*requirements):
    raise error
module('pkg_resources', require=require, DistributionNotFound=error, VersionConflict=error,
       ResolutionError=error)
system_info = module('numpy.distutils.system_info', get_info=lambda name: {})
distutils = module('numpy.distutils', system_info=system_info)
old = {name: vars(numpy).get(name) for name in ('float', 'sctypes', 'distutils')}
numpy.distutils = distutils
numpy.float = float
if old['sctypes'] is None:
    numpy.sctypes = {'int': [numpy.int8, numpy.int16, numpy.int32, numpy.int64],
                     'float': [numpy.float16, numpy.float32, numpy.float64]}
import warnings
with warnings.catch_warnings():
    warnings.simplefilter('ignore')  # CuPy's of libraries that are missing
    import chainer, chainer.functions as F
for name, value in old.items():
    if value is None:
        delattr(numpy, name)
for name in 'numpy.distutils.system_info', 'numpy.distutils', 'pkg_resources':
    del sys.modules[name]
"""

CHECK = """
x = chainer.Variable(numpy.arange(4, dtype=numpy.float32))
F.sum(F.resize_images(F.reshape(x, (1, 1, 2, 2)), (3, 3))).backward()
assert x.grad.tolist() == [2.25, 2.25, 2.25, 2.25], x.grad
x.cleargrad()
F.sum(F.as_strided(x, (3, 2), (1, 1), 0)).backward()
assert x.grad.tolist() == [1, 2, 2, 1], x.grad
assert 'device: CPU' in x.debug_print()
assert chainer.distributions.Categorical(p=x.grad / 6).log_prob(numpy.array([1])).shape == (1,)
import chainer.testing
assert chainer.testing.with_requires('numpy>=1.26')(F.sum) is F.sum
"""


def test_functions_of_an_imported_chainer_are_mended_in_place(run_python):
    run_python(
        BY_HAND
        + """
debug_print, resize = chainer.Variable.debug_print, F.resize_images
try:
    resize(numpy.zeros((1, 1, 2, 2), 'f'), (3, 3))
except AttributeError as error:
    assert 'float' in str(error)
else:
    raise AssertionError('resize_images needs no mending')
functions, objects = dict(vars(F)), dict(vars(chainer))
import chainercv_seg
assert (dict(vars(F)), dict(vars(chainer))) == (functions, objects)
assert chainer.Variable.debug_print is debug_print
codes = [f.__code__ for f in vars(F).values() if isinstance(f, types.FunctionType)]
chainercv_seg._modern_chainer.install()
again = [f.__code__ for f in vars(F).values() if isinstance(f, types.FunctionType)]
assert all(a is b for a, b in zip(codes, again))
"""
        + CHECK
    )


def test_what_the_user_did_to_numpy_stays(run_python):
    run_python("""
        import numpy
        numpy.float = 'mine'
        import chainercv_seg
        import chainer.functions as F
        assert F.resize_images(numpy.ones((1, 1, 2, 2), 'f'), (3, 3)).array.sum() == 9
        assert numpy.float == 'mine'
    """)


BEFORE = """
import functools
def decorate(f):
    @functools.wraps(f)
    def wrapper(*args): return f(*args)
    return wrapper
@decorate
def decorated(): return 'old'
def outer(y):
    def inner(): return y, 'old'
    return inner
class A:
    def method(self): return 'old'
    @property
    def prop(self): return 'old'
    @staticmethod
    def static(): return 'old'
def same(): return 'same'
"""


@pytest.fixture
def module():
    module = ModuleType('before')
    exec(BEFORE, vars(module))
    return module


def test_every_kind_of_function_gets_its_new_code(module):
    a, inner, same = module.A(), module.outer(1), module.same.__code__
    bound = a.method
    replace_code(module, compile(BEFORE.replace("'old'", "'new'"), 'before', 'exec'))
    values = module.decorated(), bound(), a.prop, a.static(), inner()[1], module.outer(2)()[1]
    assert set(values) == {'new'}
    assert inner() == (1, 'new')
    assert module.same.__code__ is same


def test_functions_of_other_modules_are_left_alone(module):
    other = FunctionType(module.same.__code__, {'__builtins__': {}})
    module.other = other
    replace_code(module, compile(BEFORE.replace("'same'", "'other'"), 'before', 'exec'))
    assert (module.same(), other()) == ('other', 'same')


def test_an_import_that_failed_before_can_be_tried_again(run_python):
    output = run_python(
        """
import sys
sys.modules['pkg_resources'] = None  # as where it is not installed: Chainer alone fails
try:
    import chainer
except (ImportError, AttributeError):  # AttributeError: NumPy 2 stops it first
    print('failed')
del sys.modules['pkg_resources']
import chainercv_seg
import chainer, chainer.functions
print(chainer.__version__)
"""
    )
    assert output.split() == ['failed', '7.8.1']
