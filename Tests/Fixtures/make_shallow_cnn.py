"""Makes a small convolutional network's state dictionary, and what PyTorch computes with it.

    python3 -m venv venv && venv/bin/pip install numpy torch
    venv/bin/python make_shallow_cnn.py

Made with PyTorch 2.
"""

import numpy as np
import torch
from torch import nn

torch.manual_seed(1)
model = nn.Sequential(
    nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(3, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(3 * 2 * 1, 4),
)
inputs, labels = torch.randn(6, 2, 9, 7), torch.tensor([0, 1, 2, 3, 0, 1])
logits = model(inputs)
nn.functional.cross_entropy(logits, labels).backward()

np.savez("shallow_cnn.npz", **{name: value.numpy() for name, value in model.state_dict().items()})
np.savez(
    "shallow_cnn_expected.npz", inputs=inputs.numpy(), labels=labels.numpy().astype(np.uint8),
    logits=logits.detach().numpy(),
    **{"gradient " + name: value.grad.numpy() for name, value in model.named_parameters()},
)
