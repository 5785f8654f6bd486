"""Epochs of SGD in PyTorch: once a network on all threads, once two networks in two processes."""

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


def main():
    given = common.options()
    unit = "network and epoch"
    data = None
    for row in given.rows:
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
