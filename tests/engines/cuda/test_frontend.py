"""What the engine asks of CuPy and of cuDNN's frontend is there in the releases that are installed."""

import importlib.metadata

import pytest

#: By module and object, what the engine asks of it.
NAMES = {
    ('cudnn', ''): [
        'create_handle', 'set_stream', 'pygraph', 'data_type', 'heur_mode', 'numerical_note',
        'cudnnGraphNotSupportedError', 'backend_version', '__version__',
    ],
    ('cudnn', 'pygraph'): [
        'tensor', 'conv_fprop', 'conv_dgrad', 'conv_wgrad', 'validate', 'build_operation_graph',
        'create_execution_plans', 'deselect_numeric_notes', 'check_support', 'get_execution_plan_count',
        'get_plan_name_at_index', 'build_plan_at_index', 'get_workspace_size_plan_at_index',
        'execute_plan_at_index', 'get_engine_and_knobs_at_index', 'create_execution_plan',
    ],
    ('cudnn', 'data_type'): ['FLOAT', 'HALF'],
    ('cudnn', 'heur_mode'): ['A', 'FALLBACK'],
    ('cudnn', 'numerical_note'): ['TENSOR_CORE', 'NONDETERMINISTIC'],
    ('cupy', ''): ['RawModule', 'asarray', 'asnumpy', 'empty', 'ascontiguousarray', 'tile'],
    ('cupy', 'cuda'): [
        'Device', 'Event', 'Graph', 'MemoryPool', 'Stream', 'alloc_pinned_memory', 'get_current_stream',
        'using_allocator',
        'get_elapsed_time',
    ],
    ('cupy', 'cuda.runtime'): [
        'driverGetVersion', 'getDeviceProperties', 'memcpyAsync', 'memcpyDeviceToDevice',
        'memcpyDeviceToHost', 'memcpyHostToDevice',
    ],
    ('cupy', 'cuda.Stream'): ['begin_capture', 'end_capture', 'synchronize', 'wait_event'],
    ('cupy', 'cuda.Event'): ['record', 'synchronize'],
    ('cupy', 'cuda.Graph'): ['launch'],
}  # fmt: skip


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize(('module', 'path'), NAMES, ids=lambda part: part or 'itself')
def test_all_that_the_engine_asks_for_is_there(module, path):
    found = pytest.importorskip(module)
    for name in filter(None, path.split('.')):
        found = getattr(found, name)
    assert [name for name in NAMES[module, path] if not hasattr(found, name)] == []


def test_the_frontend_is_a_release_that_was_read():
    pytest.importorskip('cudnn')
    major, minor = importlib.metadata.version('nvidia-cudnn-frontend').split('.')[:2]
    assert (1, 25) <= (int(major), int(minor)) < (1, 29)
