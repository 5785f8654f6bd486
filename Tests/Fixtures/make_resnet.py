"""Makes a narrow residual network with batch norm, and what three steps of SGD make of it in PyTorch.

    python3 -m venv venv && venv/bin/pip install numpy torch
    venv/bin/python make_resnet.py

The modules have the names that torchvision's resnet18 has. Made with PyTorch 2.
"""

import numpy as np
import torch
from torch import nn

WIDTH, CLASSES = 2, 3


class Block(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride > 1 or inputs != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, WIDTH, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTH)
        channels = WIDTH
        for stage in range(4):
            wide = WIDTH << stage
            first = Block(channels, wide, 2 if stage else 1)
            setattr(self, f"layer{stage + 1}", nn.Sequential(first, Block(wide, wide, 1)))
            channels = wide
        self.fc = nn.Linear(channels, CLASSES)

    def forward(self, x):
        x = self.bn1(self.conv1(x)).relu()
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))


def state(model):
    return {
        name: value.numpy().astype(np.float32).copy()
        for name, value in model.state_dict().items() if not name.endswith("num_batches_tracked")
    }


torch.manual_seed(1)
model = ResNet18()
inputs, labels = torch.randn(12, 2, 13, 16), torch.arange(12) % CLASSES
before = state(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
losses = []
for _ in range(3):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
model.eval()
np.savez_compressed("resnet.npz", **before)
np.savez_compressed(
    "resnet_expected.npz", inputs=inputs.numpy(), labels=labels.numpy().astype(np.uint8),
    losses=np.array(losses), logits=model(inputs).detach().numpy(),
    **{"after " + name: value for name, value in state(model).items()},
)
