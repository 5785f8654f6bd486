"""A forward pass of one 3×3 convolution in PyTorch, with what Basin has after it."""

import common


def main():
    given = common.options()
    torch = common.torch_with(given.threads)
    nn = torch.nn
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Linear(64, 10),
    )
    inputs = torch.randn(256, 64, 28, 28)
    labels = torch.arange(256) % 10

    def work():
        with torch.inference_mode():
            return float(nn.functional.cross_entropy(model(inputs), labels))

    for row in given.rows:
        work()
        for _ in range(given.repeat):
            seconds, loss = common.timed(work)
            rate = 2 * 64 * 64 * 9 * 784 * 256 / seconds / 1e9
            common.report(
                row, "pytorch", seconds, "pass", f"{rate:.0f} GFLOP/s, mean loss {loss:.3f}"
            )


if __name__ == "__main__":
    main()
