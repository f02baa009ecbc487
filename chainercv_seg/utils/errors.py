"""Errors that the user can mend: the commands print them as one message, without a traceback."""


class UserError(Exception):
    """Something that the user gave is missing, broken or does not fit. The message says what to do."""


class UsageError(UserError, ValueError):
    """Options that do not go together, or have a value that there is not."""


class DatasetError(UserError, ValueError):
    """A data set is missing, laid out otherwise than expected, or holds a file that cannot be used."""


class DownloadError(UserError, OSError):
    """A file cannot be downloaded, is not what it should be, or cannot be kept."""


class ImageFileError(UserError, ValueError):
    """An image or label file cannot be read as what it should be."""


class ColorLabelError(ImageFileError):
    """A label file holds colours in the place of classes."""


class OutputError(UserError, OSError):
    """A file or folder for results cannot be written."""


class WeightsError(UserError, ValueError):
    """A weight file is missing, broken, unsafe, or does not fit the network."""


class JournalError(UserError, ValueError):
    """A journal of an evaluation belongs to another one, or is none."""


class ResultError(UserError, ValueError):
    """A result of an evaluation is missing or broken, or cannot be compared with another."""


class ExportError(UserError, ArithmeticError):
    """What was exported does not compute what the network does."""


class TrainingError(UserError, ArithmeticError):
    """A training has diverged: its loss or its weights are no finite numbers."""


class PrecisionError(UserError, ArithmeticError):
    """Numbers of a network do not fit into the precision that was asked for."""


class DeviceError(UserError, RuntimeError):
    """A device was asked for that cannot be used."""


class MissingExtraError(UserError, ImportError):
    """An optional dependency is not installed. The message holds the command that installs it."""


class RankError(UserError, RuntimeError):
    """The ranks of MPI do not agree on what to do, or one of them is gone."""
