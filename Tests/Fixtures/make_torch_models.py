"""Makes state dictionaries of narrow deep networks, and the logits that PyTorch computes with them.

    python3 -m venv venv && venv/bin/pip install numpy torch torchvision
    venv/bin/python make_torch_models.py

Made with PyTorch 2. The blocks are torchvision's; only widths and the ends are ours.
"""

import numpy as np
import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from torchvision.models.vgg import VGG, cfgs, make_layers

torch.manual_seed(6)
torch.set_num_threads(1)


class NarrowResNet(ResNet):
    """torchvision's, `width` channels wide in place of 64; for small images without the pooling."""

    def __init__(self, block, layers, width, classes, large=False, norm=nn.BatchNorm2d):
        nn.Module.__init__(self)
        self._norm_layer, self.inplanes = norm, width
        self.dilation = self.groups = 1
        self.base_width = 64
        size = dict(kernel_size=7, stride=2, padding=3) if large else dict(kernel_size=3, padding=1)
        self.conv1 = nn.Conv2d(3, width, bias=False, **size)
        self.bn1 = norm(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1) if large else nn.Identity()
        self.layer1 = self._make_layer(block, width, layers[0])
        self.layer2 = self._make_layer(block, 2 * width, layers[1], stride=2)
        self.layer3 = self._make_layer(block, 4 * width, layers[2], stride=2)
        self.layer4 = self._make_layer(block, 8 * width, layers[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(8 * width * block.expansion, classes)


class SmallVGG(nn.Module):
    """The form of repositories for CIFAR: one linear layer after the features."""

    def __init__(self, features, width, classes):
        super().__init__()
        self.features = features
        self.classifier = nn.Linear(8 * width, classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def narrow(letter, width):
    return [n if n == "M" else n * width // 64 for n in cfgs[letter]]


def large_vgg(letter, width, classes):
    model = VGG(make_layers(narrow(letter, width)), init_weights=False)
    model.classifier = nn.Sequential(
        nn.Linear(8 * width * 49, 64 * width), nn.ReLU(), nn.Dropout(),
        nn.Linear(64 * width, 64 * width), nn.ReLU(), nn.Dropout(),
        nn.Linear(64 * width, classes),
    )
    return model


def randomized(model):
    """Statistics, scales and shifts as after some training, and weights that keep signals alive."""
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                nn.init.uniform_(module.bias, -0.2, 0.2)
        if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.3, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            module.num_batches_tracked.fill_(391)
    return model.eval()


def inputs(count, channels, side):
    """Numbers that anyone can make again exactly: eighths from -1 to 1."""
    n, c, y, x = np.meshgrid(*map(np.arange, (count, channels, side, side)), indexing="ij")
    return torch.from_numpy((((17 * n + 31 * c + 7 * y + 13 * x + x * y) % 17 - 8) / 8).astype("f4"))


def renamed(state, prefix=""):
    """As repositories for CIFAR have it."""
    return {
        prefix + name.replace("downsample", "shortcut").replace("fc.", "linear."): value
        for name, value in state.items()
    }


basic, logits = [2, 2, 2, 2], {}
small = inputs(2, 3, 32)

model = randomized(NarrowResNet(BasicBlock, basic, 2, 10))
torch.save(model.state_dict(), "models_resnet18.pt")
logits["resnet18"] = model(small)

model = randomized(NarrowResNet(BasicBlock, basic, 2, 5, large=True))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
wrapped = {"module." + name: value for name, value in model.state_dict().items()}
torch.save(
    {"epoch": 3, "state_dict": wrapped, "optimizer": optimizer.state_dict()}, "models_large.pt")
logits["large"] = model(inputs(2, 3, 64))

model = randomized(NarrowResNet(Bottleneck, [3, 4, 6, 3], 1, 10))
torch.save({"net": renamed(model.state_dict(), "module."), "acc": 12.5}, "models_resnet50.pt")
logits["resnet50"] = model(small)

model = randomized(NarrowResNet(BasicBlock, basic, 2, 10, norm=lambda c: nn.GroupNorm(2, c)))
torch.save(model.state_dict(), "models_group.pt")
logits["group"] = model(small)

model = randomized(SmallVGG(make_layers(narrow("A", 2), batch_norm=True), 2, 10))
torch.save(model.state_dict(), "models_vgg11_bn.pt")
logits["vgg11_bn"] = model(small)

model = randomized(large_vgg("A", 1, 5))
torch.save(model.state_dict(), "models_vgg11.pt")
logits["vgg11"] = model(inputs(1, 3, 224))

model = randomized(nn.Sequential(
    nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(4, 6, 5, padding=2), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(6 * 4 * 4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3),
))
torch.save(model.state_dict(), "models_sequential.pt")
logits["sequential"] = model(inputs(2, 3, 16))

np.savez("models_logits.npz", **{name: value.detach().numpy() for name, value in logits.items()})
