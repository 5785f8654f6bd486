"""Loss and error at 25 points on the line between two networks, in PyTorch."""

import common

CHUNK = 2000


def score(torch, layers, inputs, labels):
    """Mean cross-entropy and share of wrong predictions."""
    loss, wrong = 0.0, 0
    for part, truth in zip(inputs.split(CHUNK), labels.split(CHUNK)):
        logits = common.forward(layers, part)
        loss += torch.nn.functional.cross_entropy(logits, truth, reduction="sum").item()
        wrong += (logits.argmax(1) != truth).sum().item()
    return loss / len(labels), wrong / len(labels)


def curve(torch, networks, data, points=25):
    first, second = networks
    scores = []
    for point in range(points):
        alpha = point / (points - 1)
        layers = [
            tuple(torch.lerp(b, a, alpha) for a, b in zip(ours, theirs))
            for ours, theirs in zip(first, second)
        ]
        scores.append((score(torch, layers, *data[:2]), score(torch, layers, *data[2:])))
    return scores


def main():
    given = common.options()
    torch = common.torch_with(given.threads)
    data = common.fashion_mnist()
    for row in given.rows:
        networks = common.trained_networks(given.networks, row.removeprefix("curve_"))
        with torch.no_grad():
            score(torch, networks[0], data[2], data[3])
            for _ in range(given.repeat):
                seconds, scores = common.timed(lambda: curve(torch, networks, data))
                (train_loss, train_error), (test_loss, test_error) = scores[len(scores) // 2]
                detail = (
                    f"at the middle: train loss {train_loss:.4f} error {100 * train_error:.2f} %, "
                    f"test loss {test_loss:.4f} error {100 * test_error:.2f} %"
                )
                common.report(row, "pytorch", seconds, "curve", detail)


if __name__ == "__main__":
    main()
