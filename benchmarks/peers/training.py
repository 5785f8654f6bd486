"""Epochs of SGD in PyTorch: once a network on all threads, once two networks in two processes; and a
shallow convolutional network in training and in use."""

import multiprocessing

import common


def perceptron(torch, width):
    return torch.nn.Sequential(
        torch.nn.Linear(784, width), torch.nn.ReLU(), torch.nn.Linear(width, 10)
    )


def train(torch, model, optimizer, inputs, labels, batches):
    """One step for each batch of sample numbers; the mean loss."""
    total = 0.0
    count = 0
    for batch in batches:
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(model(inputs[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)
        count += len(batch)
    return float(total) / count


def epoch(width, threads, inputs, labels, seed, barrier=None):
    """Times one epoch; the first batches are made twice, so that nothing is new to the clock."""
    torch = common.torch_with(threads)
    torch.manual_seed(seed)
    model = perceptron(torch, width)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=True)
    order = torch.randperm(len(inputs)).split(64)
    train(torch, model, optimizer, inputs, labels, order[:30])
    if barrier is not None:
        barrier.wait()
    return common.timed(lambda: train(torch, model, optimizer, inputs, labels, order))


def side_by_side(width, repeat):
    """Two processes with one thread each, as Basin's two networks have."""
    # PyTorch's own threads do not survive a fork: the children start afresh.
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    with context.Pool(2, initializer=remember, initargs=(barrier,)) as pool:
        for _ in range(repeat):
            both = pool.map(one_of_two, [(width, 1), (width, 2)], chunksize=1)
            seconds = max(seconds for seconds, _ in both) / 2
            losses = ", ".join(f"{loss:.3f}" for _, loss in both)
            yield seconds, losses


BARRIER = None


def remember(barrier):
    global BARRIER
    BARRIER = barrier


def one_of_two(task):
    width, seed = task
    common.torch_with(1)
    inputs, labels, _, _ = common.fashion_mnist()
    return epoch(width, 1, inputs, labels, seed, barrier=BARRIER)


# Eight batches, as ours.
SHALLOW_BATCH, SHALLOW_SAMPLES = 256, 8 * 256


def shallow_cnn(torch, width):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(width * 7 * 7, 10),
    )


def shallow(row, threads, repeat, data):
    """Times a shallow network on all threads; what is new to the clock is done before."""
    torch = common.torch_with(threads)
    torch.manual_seed(1)
    model = shallow_cnn(torch, int(row.rsplit("_", 1)[1]))
    inputs = data[0][:SHALLOW_SAMPLES].reshape(-1, 1, 28, 28)
    labels = data[1][:SHALLOW_SAMPLES]
    if row.startswith("cnn_train"):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, fused=True)
        order = torch.randperm(len(inputs)).split(SHALLOW_BATCH)

        def work():
            return train(torch, model, optimizer, inputs, labels, order)
    else:

        def work():
            with torch.inference_mode():
                parts = zip(inputs.split(SHALLOW_BATCH), labels.split(SHALLOW_BATCH))
                loss = torch.nn.functional.cross_entropy
                return sum(float(loss(model(x), y)) * len(x) for x, y in parts) / len(inputs)

    work()
    for _ in range(repeat):
        seconds, loss = common.timed(work)
        detail = f"{len(inputs) / seconds:.0f} images per second, mean loss {loss:.3f}"
        common.report(row, "pytorch", seconds / len(inputs), "image", detail)


def main():
    given = common.options()
    unit = "network and epoch"
    data = None
    for row in given.rows:
        if row.startswith("cnn_"):
            data = data or common.fashion_mnist()
            shallow(row, given.threads, given.repeat, data)
            continue
        width = int(row.removeprefix("epoch_"))
        torch = common.torch_with(given.threads)
        if data is None:
            data = common.fashion_mnist()
        for _ in range(given.repeat):
            seconds, loss = epoch(width, given.threads, data[0], data[1], seed=1)
            detail = f"mean loss of the epoch {loss:.3f}, one network, {torch.get_num_threads()} threads"
            common.report(row, "pytorch", seconds, unit, detail)
        for seconds, losses in side_by_side(width, given.repeat):
            detail = f"mean loss of the epoch {losses}, two processes with one thread each"
            common.report(row, "pytorch, 2 processes", seconds, unit, detail)


if __name__ == "__main__":
    main()
