"""Compares torchvision's models in Basin with themselves in PyTorch, there and back.

    benchmarks/.venv/bin/pip install numpy torch torchvision safetensors
    swift build -c release
    benchmarks/.venv/bin/python benchmarks/pytorch_models.py

Each model gets random statistics. Its state dictionary goes to Basin, which computes logits and
writes the network as .pt, .safetensors and .npz; those go back with `load_state_dict(strict=True)`.
The snippet of Documentation/formats.md is run as it stands there. Ends with status 1 where a
difference, relative to the largest logit, is above 1e-4.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torchvision
from torch import nn

LIMIT = 1e-4


def randomized(model):
    """Statistics, scales and shifts as after some training."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
            nn.init.normal_(module.running_mean, 0, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            module.num_batches_tracked.fill_(391)
    return model.eval()


def small_resnet():
    """As repositories for CIFAR change it."""
    model = torchvision.models.resnet18(num_classes=10)
    model.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    model.maxpool = nn.Identity()
    return model


class SmallVGG(nn.Module):
    """VGG-11 with batch norm as repositories for CIFAR have it."""

    def __init__(self):
        super().__init__()
        self.features = torchvision.models.vgg11_bn().features
        self.classifier = nn.Linear(512, 10)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


MODELS = {
    "resnet18": (torchvision.models.resnet18, (4, 3, 224, 224)),
    "resnet18 for CIFAR": (small_resnet, (16, 3, 32, 32)),
    "resnet50": (torchvision.models.resnet50, (2, 3, 224, 224)),
    "vgg11_bn": (torchvision.models.vgg11_bn, (2, 3, 224, 224)),
    "vgg11_bn for CIFAR": (SmallVGG, (16, 3, 32, 32)),
}


def difference(ours, theirs):
    """The largest difference, relative to the largest logit."""
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def loaded(path):
    if path.endswith(".pt"):
        return torch.load(path, weights_only=True)
    if path.endswith(".safetensors"):
        try:
            from safetensors.torch import load_file
        except ImportError:
            return None
        return load_file(path)
    arrays = dict(np.load(path))
    arrays.pop("__metadata__")
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def compare(name, folder, bench):
    """The difference of Basin's logits, and of PyTorch's with what Basin wrote."""
    make, shape = MODELS[name]
    model, inputs = randomized(make()), torch.randn(shape)
    with torch.no_grad():
        theirs = model(inputs).numpy()
    paths = {key: os.path.join(folder, file) for key, file in [
        ("net", "net.pt"), ("inputs", "inputs.npz"), ("logits", "logits.npz")]}
    torch.save(model.state_dict(), paths["net"])
    np.savez(paths["inputs"], inputs=inputs.numpy())
    backs = [os.path.join(folder, "back." + ending) for ending in ("pt", "safetensors", "npz")]
    saves = [word for path in backs for word in ("--save", path)]
    subprocess.run(
        [bench, "logits", paths["net"], paths["inputs"], paths["logits"], *saves], check=True)
    there = difference(np.load(paths["logits"])["logits"], theirs)
    back = 0
    for path in backs:
        state = loaded(path)
        if state is None:
            print("  safetensors is not installed: not looked at")
            continue
        again = make().eval()
        again.load_state_dict(state, strict=True)
        with torch.no_grad():
            back = max(back, difference(again(inputs).numpy(), theirs))
    return there, back


def run_snippet(folder, basin):
    """Runs the Python of formats.md that names torchvision; Basin's lines in it, too."""
    page = os.path.join(os.path.dirname(__file__), "../Documentation/formats.md")
    with open(page) as file:
        blocks = re.findall(r"```python\n(.*?)```", file.read(), re.S)
    (snippet,) = [block for block in blocks if "import torchvision" in block]
    lines = []
    for line in snippet.splitlines():
        if line.startswith("# In Basin: "):
            words = [basin, "-c", line.removeprefix("# In Basin: ")]
            lines.append(f"__import__('subprocess').run({words!r}, check=True)")
        else:
            lines.append(line)
    subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=folder, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=", ".join(MODELS))
    parser.add_argument("--programs", default=".build/release", help="the folder of basin-bench")
    options = parser.parse_args()
    torch.manual_seed(6)
    torch.set_num_threads(1)
    programs = os.path.abspath(options.programs)
    failed = False
    for name in options.models or MODELS:
        with tempfile.TemporaryDirectory() as folder:
            there, back = compare(name, folder, os.path.join(programs, "basin-bench"))
        failed = failed or max(there, back) > LIMIT
        print(f"{name}: to Basin {there:.1e}, back to PyTorch {back:.1e}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        run_snippet(folder, os.path.join(programs, "basin"))
    print("the snippet of Documentation/formats.md runs")
    print(f"{'DIFFERENT' if failed else 'the same'} within {LIMIT:g}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
