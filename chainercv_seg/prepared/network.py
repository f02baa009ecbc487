"""What `optimize` returns."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, NoReturn

import chainer
import numpy as np

from chainercv_seg.engines.engine import DEFAULT_PRECISION, Runner
from chainercv_seg.inference.predict import predict
from chainercv_seg.utils.arguments import positive_int

_CPU = '@numpy'


class PreparedNetwork:
    """A network that only predicts: a compiled program, and the views of an image that it is given.

    What sets how it looks at an image (``scales``, ``flip``, ``input_size`` and so on, as far as the
    network has it) and ``batchsize`` are attributes and may be set at any time. It can be pickled and
    copied.

    Args:
        runner: The compiled program.
        model: Name of the network's class.
        network_name: Name by which journals know what is prepared.
        n_class: Number of classes.
        views: How an image is looked at.
        batchsize: Number of network inputs that ``predict`` runs at once.
        device_name: The name of Chainer's device on which the runner computes.
        precision: In what.
        parameters_sha256: Hash of the network's parameters, by which an evaluation tells its weights from
            others.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        model: str,
        network_name: str,
        n_class: int,
        views: Any,
        batchsize: int,
        device_name: str = _CPU,
        precision: str = DEFAULT_PRECISION,
        parameters_sha256: str | None = None,
    ) -> None:
        vars(self).update(
            runner=runner,
            model=model,
            network_name=network_name,
            n_class=n_class,
            views=views,
            batchsize=batchsize,
            device_name=device_name,
            precision=precision,
            parameters_sha256=parameters_sha256,
        )

    @property
    def nbytes(self) -> int:
        """Bytes of prepared weights."""
        return self.runner.nbytes

    @property
    def protocol(self) -> dict[str, str]:
        """How ``predict`` looks at an image, that the arithmetic is another, and in which precision."""
        named = {'precision': self.precision}
        if (self.device_name, self.precision) == (_CPU, DEFAULT_PRECISION):
            named = {}  # as it was before there was another
        return {'model': self.model, **self.views.protocol, 'arithmetic': 'optimized', **named}

    @property
    def device(self) -> Any:
        """Chainer's device on which it predicts."""
        return chainer.get_device(self.device_name)

    @property
    def plans(self) -> Any:
        """By which plans it convolves on a GPU, a `PlanTable`; None on the CPU."""
        return getattr(self.runner, 'table', None)

    @property
    def predicts_concurrently(self) -> bool:
        """Whether it gains by predictions in two threads: a GPU computes one while the other is prepared.

        Not in half precision, where numbers that do not fit are an error of the image that is predicted.
        """
        return self.device_name != _CPU and self.precision != 'float16'

    def score(self, x: np.ndarray) -> np.ndarray:
        """Compute the scores of network inputs, before any resizing.

        Args:
            x: ``(N, 3, H, W)`` float32, as the plain network's ``forward`` takes them.

        Returns:
            ``(N, n_class, H', W')`` float32.

        Raises:
            PrecisionError: Numbers of the network do not fit into the precision.
        """
        scores = self.runner(x)
        self.runner.check()
        return scores

    def predict(self, imgs: Iterable[np.ndarray]) -> list[np.ndarray]:
        """Predict the class of each pixel.

        Args:
            imgs: RGB images ``(3, H, W)`` in [0, 255], of any sizes; float32, other real types are
                converted. They are read as they are needed.

        Returns:
            Label maps ``(H, W)`` int32 NumPy arrays, one an image.

        Raises:
            ValueError: An image is of another shape, is empty, or holds NaN or infinity. The message
                names its position.
            PrecisionError: Numbers of the network do not fit into the precision.
        """
        return predict(
            imgs,
            self.runner,
            plan=self.views.plan,
            batchsize=self.batchsize,
            device=self.device,
            arrays=self._arrays(),
        )

    def _arrays(self) -> Any:
        """Operations on arrays by the runner's engine; None where it has none of its own."""
        if self.device_name == _CPU:
            return None
        from chainercv_seg.inference.cuda_arrays import CUDAArrays

        return CUDAArrays(self.device, self.runner)

    def close(self) -> None:
        """Give back the memory that is kept between predictions. A later one takes it again."""
        self.runner.close()

    def serialize(self, serializer: Any) -> NoReturn:
        """Refuse to be saved or loaded: its weights are not the network's.

        Raises:
            TypeError: Always.
        """
        raise TypeError(
            f'an optimized {self.model} has no weights to save or load: use the network that it was '
            'made from, and optimize that again'
        )

    def __repr__(self) -> str:
        """Say what it is and how large."""
        return f'optimized {self.model}, {self.n_class} classes, {self.nbytes / 1e6:.1f} MB'

    def __getattr__(self, name: str) -> Any:
        """Look among the settings of the views."""
        views = vars(self).get('views')
        if views is not None and name in {field.name for field in fields(views)}:
            return getattr(views, name)
        if hasattr(chainer.Chain, name):
            raise AttributeError(
                f'an optimized network only predicts and has no {name!r}: use the network that it was '
                'made from'
            )
        raise AttributeError(f'{type(self).__name__!r} object has no attribute {name!r}')

    def __setattr__(self, name: str, value: Any) -> None:
        """Change a setting, checked."""
        if name == 'batchsize':
            vars(self)[name] = positive_int(value, name=name)
        elif name in {field.name for field in fields(self.views)}:
            vars(self)['views'] = replace(self.views, **{name: value})
        else:
            raise AttributeError(f'an optimized {self.model} has no setting {name!r}')
