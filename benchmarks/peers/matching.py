"""Functional difference, weight matching and the assignment problem in PyTorch, NumPy and SciPy."""

import numpy as np

import common


# MARK: - Functional difference


def moments(torch, inputs):
    """H = mean of x xᵀ over the samples, a 1 appended to each."""
    extended = torch.cat([inputs, torch.ones(len(inputs), 1)], 1)
    return (extended.t() @ extended).div_(len(inputs)).double()


def distances(torch, moment, networks):
    """½ (w − v)ᵀ (H⁻¹ + H⁻¹)⁻¹ (w − v) for all pairs of units of the first layer.

    Both networks read the same data, so that both H are one and the parallel sum is H / 2.
    """
    # Pixels that are always black make H singular by themselves; a little is added as is usual.
    root = torch.linalg.cholesky(moment / 2 + 1e-3 * torch.eye(len(moment), dtype=torch.float64))
    first, second = (
        (torch.cat([weight, bias[:, None]], 1).double() @ root).float()
        for (weight, bias), _ in networks
    )
    return torch.cdist(first, second).square_().div_(2)


def greedy(costs):
    """Pairs the two nearest, strikes them, and so on, by sorting all pairs once."""
    size = len(costs)
    columns = np.full(size, -1)
    taken = np.zeros(size, bool)
    left = size
    for place in np.argsort(costs, axis=None, kind="stable").tolist():
        row, column = divmod(place, size)
        if columns[row] < 0 and not taken[column]:
            columns[row] = column
            taken[column] = True
            left -= 1
            if left == 0:
                break
    return columns


def functional_difference(torch, row, given, data):
    networks = common.trained_networks(given.networks, "1x1024")
    inputs = data()[0]
    kept = moments(torch, inputs)

    def search():
        moment = kept if row.endswith("_kept") else moments(torch, inputs)
        costs = distances(torch, moment, networks).numpy()
        return costs[np.arange(len(costs)), greedy(costs)].sum()

    search()
    for _ in range(given.repeat):
        seconds, total = common.timed(search)
        detail = f"sum of the matched distances {total:.4f}"
        common.report(row, "pytorch", seconds, "search", detail)


# MARK: - Weight matching


def weight_matching(torch, row, given):
    from scipy.optimize import linear_sum_assignment

    first, second = common.trained_networks(given.networks, "3x512")
    depth = len(first) - 1

    def search(seed):
        """Ainsworth, Hayase, Srinivasa (2022), Algorithm 1."""
        generator = np.random.default_rng(seed)
        orders = [torch.arange(len(bias)) for _, bias in first[:-1]]
        passes = 0
        improved = True
        while improved:
            improved = False
            passes += 1
            for layer in generator.permutation(depth):
                weight, bias = second[layer]
                if layer > 0:
                    weight = weight[:, orders[layer - 1]]
                above = second[layer + 1][0]
                if layer + 1 < depth:
                    above = above[orders[layer + 1]]
                products = torch.addmm(
                    torch.outer(first[layer][1], bias), first[layer][0], weight.t()
                )
                products.addmm_(first[layer + 1][0].t(), above)
                rows = torch.arange(len(bias))
                columns = torch.from_numpy(linear_sum_assignment(products.numpy(), True)[1])
                before = products[rows, orders[layer]].double().sum()
                after = products[rows, columns].double().sum()
                if after > before + 1e-9 * abs(before):
                    improved = True
                    orders[layer] = columns
        return orders, passes

    def distance(orders):
        total = 0.0
        below = None
        for layer, ((weight, bias), (theirs, their_bias)) in enumerate(zip(first, second)):
            if below is not None:
                theirs = theirs[:, below]
            if layer < depth:
                below = orders[layer]
                theirs, their_bias = theirs[below], their_bias[below]
            total += (weight - theirs).double().square().sum().item()
            total += (bias - their_bias).double().square().sum().item()
        return total

    search(0)
    for _ in range(given.repeat):
        seconds, (orders, passes) = common.timed(lambda: search(1))
        detail = f"squared distance to {distance(orders):.2f}, {passes} passes"
        common.report(row, "pytorch+scipy", seconds, "run", detail)


# MARK: - Assignment


def uniform_costs(size):
    """SplitMix64 of the place, as basin-bench computes it."""
    with np.errstate(over="ignore"):
        z = np.arange(1, size * size + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(size, size)


def weight_costs(given):
    first, second = common.trained_networks(given.networks, "1x1024")
    return -(first[0][0] @ second[0][0].t()).double().numpy()


def assignment(row, given):
    from scipy.optimize import linear_sum_assignment

    costs = weight_costs(given) if row.endswith("_weights") else uniform_costs(int(row[11:]))
    linear_sum_assignment(costs)
    for _ in range(given.repeat):
        seconds, (rows, columns) = common.timed(lambda: linear_sum_assignment(costs))
        detail = f"cost {costs[rows, columns].sum():.6f}"
        common.report(row, "scipy", seconds, "solution", detail)


def main():
    given = common.options()
    torch = common.torch_with(given.threads)
    loaded = []

    def data():
        if not loaded:
            loaded.extend(common.fashion_mnist())
        return loaded

    with torch.no_grad():
        for row in given.rows:
            if row.startswith("fd_"):
                functional_difference(torch, row, given, data)
            elif row.startswith("weight_match_"):
                weight_matching(torch, row, given)
            else:
                assignment(row, given)


if __name__ == "__main__":
    main()
