"""The warning about kernels that cannot do without numba."""


class KernelWarning(UserWarning):
    """A kernel works, but numba must be imported at each start to run it."""
