"""A learning rate that depends on nothing but the number of updates done."""

from typing import Any

from chainercv_seg.utils.schedule_rules import RULES


class Schedule:
    """An optimizer hook that sets a hyperparameter before each update.

    It has no state, so that a resumed training goes on as if it had not been interrupted.

    Args:
        rule: ``'constant'``, ``'poly'`` (with the power 0.9 of DeepLab and PSPNet) or ``'cosine'``.
        n_iteration: Number of updates in the whole training. Later ones are like the last.
        attribute: What to set: ``'lr'`` of most optimizers, ``'eta'`` of AdamW (which scales its weight
            decay too).
        start: Its first value.

    Raises:
        ValueError: There is no such rule.
    """

    name = 'Schedule'
    timing = 'pre'
    call_for_each_param = False

    def __init__(self, rule: str, *, n_iteration: int, attribute: str, start: float) -> None:
        if rule not in RULES:
            raise ValueError(f'rule must be one of {tuple(RULES)}, not {rule!r}')
        self.rule = RULES[rule]
        self.n_iteration, self.attribute, self.start = n_iteration, attribute, start

    def value(self, iteration: int) -> float:
        """What is set before an update, the first of which is number 0."""
        return self.start * self.rule(min(iteration, self.n_iteration - 1) / self.n_iteration)

    def __call__(self, optimizer: Any) -> None:
        """Set the hyperparameter; the optimizer calls this."""
        setattr(optimizer, self.attribute, self.value(optimizer.t))
