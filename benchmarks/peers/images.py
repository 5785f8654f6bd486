"""Convolutional networks in PyTorch, in training and in use, on all threads."""

import common

BATCH = 256


def shallow_cnn(nn, width):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(width * 7 * 7, 10),
    )


def vgg16_bn(nn, width):
    """The form for images of 32 x 32: one linear layer behind the features."""
    layers, channels = [], 3
    for factor, count in [(1, 2), (2, 2), (4, 3), (8, 3), (8, 3)]:
        for _ in range(count):
            layers += [
                nn.Conv2d(channels, factor * width, 3, padding=1),
                nn.BatchNorm2d(factor * width),
                nn.ReLU(inplace=True),
            ]
            channels = factor * width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels, 10))


def resnet18(torch, width):
    """The form for images of 32 x 32: a stem of 3 x 3 and no pooling behind it."""
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(inplace=True),
                nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
                nn.BatchNorm2d(outputs),
            )
            self.shortcut = nn.Sequential()
            if stride > 1 or inputs != outputs:
                self.shortcut = nn.Sequential(
                    nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
                )

        def forward(self, x):
            return torch.relu_(self.body(x).add_(self.shortcut(x)))

    blocks, channels = [], width
    for stage in range(4):
        for stride in (1 if stage == 0 else 2, 1):
            blocks.append(Block(channels, width << stage, stride))
            channels = width << stage
    return nn.Sequential(
        nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
        *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10),
    )


def problem(torch, row):
    """The model of a row with its images and labels."""
    if row.startswith("cnn_"):
        inputs, labels, _, _ = common.fashion_mnist()
        count = 8 * BATCH
        model = shallow_cnn(torch.nn, int(row.rsplit("_", 1)[1]))
        return model, inputs[:count].reshape(-1, 1, 28, 28), labels[:count]
    inputs, labels = torch.randn(BATCH, 3, 32, 32), torch.arange(BATCH) % 10
    if row.startswith("resnet18"):
        return resnet18(torch, 64), inputs, labels
    return vgg16_bn(torch.nn, 64), inputs, labels


def training(torch, model, inputs, labels):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, fused=True)
    model.train()

    def work():
        total = 0.0
        for batch in torch.randperm(len(inputs)).split(BATCH):
            optimizer.zero_grad(set_to_none=True)
            loss = torch.nn.functional.cross_entropy(model(inputs[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(batch)
        return total / len(inputs)

    return work


def inference(torch, model, inputs, labels):
    model.eval()

    def work():
        with torch.inference_mode():
            parts = zip(inputs.split(BATCH), labels.split(BATCH))
            loss = torch.nn.functional.cross_entropy
            return sum(float(loss(model(x), y)) * len(x) for x, y in parts) / len(inputs)

    return work


def main():
    given = common.options()
    torch = common.torch_with(given.threads)
    for row in given.rows:
        torch.manual_seed(1)
        model, inputs, labels = problem(torch, row)
        work = (training if "_train" in row else inference)(torch, model, inputs, labels)
        # What is new to the clock is done before.
        work()
        for _ in range(given.repeat):
            seconds, loss = common.timed(work)
            detail = f"{len(inputs) / seconds:.0f} images per second, mean loss {loss:.3f}"
            common.report(row, "pytorch", seconds / len(inputs), "image", detail)


if __name__ == "__main__":
    main()
