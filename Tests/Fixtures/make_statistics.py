"""Statistics that PyTorch gathers with momentum=None, for RecomputedStatisticsTests.

Run with PyTorch and paste what is printed. Weights and inputs are fractions that both sides compute
alike; the samples stand in the order of the batches.
"""

import torch
from torch import nn


def fractions(shape, scale, seed):
    count = int(torch.tensor(shape).prod())
    values = [((i * 37 + i * i % 101 * 11 + seed) % 257) / 128 - 1 for i in range(count)]
    return torch.tensor(values, dtype=torch.float32).reshape(shape) * scale


net = nn.Sequential(
    nn.Conv2d(2, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3, momentum=None), nn.ReLU(),
    nn.Conv2d(3, 4, 2), nn.BatchNorm2d(4, eps=1e-3, momentum=None), nn.ReLU(),
    nn.Flatten(), nn.Linear(36, 5), nn.BatchNorm1d(5, momentum=None), nn.ReLU(), nn.Linear(5, 2))
with torch.no_grad():
    for seed, parameter in enumerate(net.parameters()):
        parameter.copy_(fractions(list(parameter.shape), 0.5, seed))
net.train()
inputs = fractions([600, 2, 4, 4], 1.0, 99)
for first in [0, 300]:
    net(inputs[first : first + 300])
for layer in net:
    if hasattr(layer, "running_mean"):
        print(layer.running_mean.tolist(), layer.running_var.tolist())
