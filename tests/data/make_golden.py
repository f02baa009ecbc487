"""Writes parameters.json and networks.npz. Needs ChainerCV 0.13.1 (Python 3.8, NumPy 1.19).

Run in the folder above, with Chainer 7.8.1 and nothing of this project installed:
``PYTHONPATH=. python data/make_golden.py``
"""

import json
import os

import chainercv.experimental.links
import chainercv.links
import numpy as np
from parity import CASES, fill, forward, inputs, state, train_step

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    golden, parameters = {}, {}
    for name, (cls, kwargs, _, _) in CASES.items():
        room = chainercv.experimental.links if 'pspnet' in name else chainercv.links
        link = getattr(room, cls)(**kwargs)
        link(inputs(name)[:1])  # creates the parameters of which only the input tells the shape
        parameters[name] = {k: list(v.shape) for k, v in sorted(state(link).items())}
        scores = forward(fill(link), name)
        golden[name + '/forward'] = scores[:2, :, ::3, ::3]
        golden[name + '/max'] = np.abs(scores).max()
        for key, value in train_step(
            chainercv.links.PixelwiseSoftmaxClassifier, link, name
        ).items():
            golden[name + '/' + key] = np.asarray(value, dtype=np.float32)
        print(name, scores.shape, golden[name + '/loss'], flush=True)
    np.savez_compressed(os.path.join(HERE, 'networks.npz'), **golden)
    with open(os.path.join(HERE, 'parameters.json'), 'w') as f:
        # One array a line.
        f.write(json.dumps(parameters).replace('], "', '],\n"').replace('}, "', '},\n"') + '\n')


if __name__ == '__main__':
    main()
