"""How fast PyTorch multiplies matrices here, and how long until it can be used at all."""

import subprocess
import sys

import common


def start(row, given):
    """A new interpreter that imports what a search for permutations needs, and ends."""
    command = [sys.executable, "-c", "import torch, scipy.optimize"]
    subprocess.run(command, check=True)
    for _ in range(given.repeat):
        seconds, _ = common.timed(lambda: subprocess.run(command, check=True))
        common.report(row, "python, imports", seconds, "start", command[-1])


def product(row, given):
    torch = common.torch_with(given.threads)
    size, count = 1024, 20
    a, b = torch.rand(size, size), torch.rand(size, size)
    result = torch.empty(size, size)

    def products():
        for _ in range(count):
            torch.mm(a, b, out=result)

    products()
    for _ in range(given.repeat):
        each = common.timed(products)[0] / count
        rate = 2 * size**3 / each / 1e9
        detail = f"{rate:.0f} GFLOP/s, {given.threads} threads"
        common.report(row, "pytorch", each, "product", detail)


def main():
    given = common.options()
    for row in given.rows:
        if row == "start":
            start(row, given)
        else:
            product(row, given)


if __name__ == "__main__":
    main()
