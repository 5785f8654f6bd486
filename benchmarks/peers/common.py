"""What the peers share: the data, the networks, the clock, and the line that a run is reported with.

Every peer is written as somebody who knows the tool would write it for speed: tensors in memory,
no DataLoader, no gradients where none are needed, batches sized for the cache.
"""

import argparse
import gzip
import json
import os
import time

import numpy as np


def options():
    """The arguments that every peer takes: rows, --repeat, --threads, --networks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="+", help="which rows to time")
    parser.add_argument("--repeat", type=int, default=1, help="how often each is timed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--networks", default="benchmarks/.networks")
    return parser.parse_args()


def report(task, variant, seconds, unit, detail=""):
    """Prints one measurement as a line of JSON, the form that basin-bench prints too."""
    line = {"task": task, "variant": variant, "seconds": seconds, "unit": unit, "detail": detail}
    print(json.dumps(line), flush=True)


def timed(work):
    """The seconds that `work()` takes, and what it returns."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def torch_with(threads):
    """PyTorch, told how many threads to use."""
    import torch

    torch.set_num_threads(threads)
    return torch


def data_folder():
    """Where Fashion-MNIST lies: in a folder of BASIN_DATA, or where Debian puts it."""
    names = ["fashion_mnist", "fashion-mnist", "FashionMNIST/raw", "FashionMNIST", ""]
    roots = [root for root in os.environ.get("BASIN_DATA", "").split(":") if root]
    for root in roots + ["/usr/share/datasets"]:
        for name in names:
            folder = os.path.join(root, name)
            if os.path.exists(os.path.join(folder, "train-images-idx3-ubyte.gz")):
                return folder
    raise SystemExit("Fashion-MNIST is not on this machine: apt install dataset-fashion-mnist")


def read_idx(name):
    """One idx.gz file as an array of bytes."""
    with gzip.open(os.path.join(data_folder(), name)) as file:
        content = file.read()
    shape = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(content[3])]
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def fashion_mnist():
    """Train inputs, train labels, test inputs, test labels as tensors; inputs normalized alike."""
    import torch

    images = read_idx("train-images-idx3-ubyte.gz").reshape(60000, -1)
    mean, deviation = images.mean(dtype=np.float64), images.std(dtype=np.float64)

    def inputs(pixels):
        values = (pixels.reshape(len(pixels), -1).astype(np.float64) - mean) / deviation
        return torch.from_numpy(values.astype(np.float32))

    def labels(name):
        return torch.from_numpy(read_idx(name).astype(np.int64))

    return (
        inputs(images),
        labels("train-labels-idx1-ubyte.gz"),
        inputs(read_idx("t10k-images-idx3-ubyte.gz")),
        labels("t10k-labels-idx1-ubyte.gz"),
    )


def trained_networks(folder, name):
    """The networks that basin-bench trained, as lists of (weight, bias) tensors."""
    import torch

    path = os.path.join(folder, name + ".npz")
    if not os.path.exists(path):
        raise SystemExit(f"{path} is missing: basin-bench prepare makes it")
    file = np.load(path)
    networks = []
    count = len({key.split("/")[1] for key in file.files if key.startswith("networks/")})
    for number in range(1, count + 1):
        depth = sum(f"networks/{number}/fc" in key and "weight" in key for key in file.files)
        layers = []
        for layer in range(1, depth + 1):
            place = f"networks/{number}/fc{layer}"
            layers.append(
                tuple(torch.from_numpy(file[f"{place}.{part}"]) for part in ("weight", "bias"))
            )
        networks.append(layers)
    return networks


def forward(layers, inputs):
    """The logits of a multilayer perceptron."""
    import torch

    hidden = inputs
    for weight, bias in layers[:-1]:
        hidden = torch.addmm(bias, hidden, weight.t()).relu_()
    weight, bias = layers[-1]
    return torch.addmm(bias, hidden, weight.t())
