"""Git Re-Basin's weight matching as a plugin (Ainsworth, Hayase, Srinivasa 2022, Algorithm 1):
`plugin load examples/plugins/git_rebasin.py`, then `search git_rebasin a b`."""
import numpy as np
from basin_plugin import method, parameter, run
from scipy.optimize import linear_sum_assignment


@method(
    id="git_rebasin",
    summary="match units so that the weights are most alike, with SciPy's assignment",
    papers=["Ainsworth, Hayase, Srinivasa (2022): Git Re-Basin, arXiv:2209.04836"],
    parameters=[parameter("restarts", "int", "how many runs for each network; the best counts",
                          default=3, range=[1, 100_000], unit="runs")],
    cost_name="squared distance of the weights",
    draws_random_numbers=True,
    recovers_permutations=True,
)
def git_rebasin(task):
    """Maximizes the inner product of all weights of each network with those of the first, one layer
    at a time with the others held, in random order until none improves. The first run begins at the
    given order, the others at random ones."""
    first, restarts = task.networks[0], task.settings["restarts"]
    found, start_cost, steps = [(0.0, task.identity)], 0.0, 0
    for network in task.networks[1:]:
        best = (distance(first, network), task.identity)
        start_cost += best[0]
        for restart in range(restarts):
            order = [task.rng.permutation(group.count) for group in task.groups]
            order = ascend(task, network, order if restart else task.identity)
            cost = distance(first, task.permuted(network, order))
            best = (cost, order) if cost < best[0] else best
            steps += 1
            task.progress(steps / (restarts * (len(task.networks) - 1)), distance=f"{best[0]:.4g}")
        found.append(best)
    costs, orders = zip(*found)
    return task.result(orders, cost=sum(costs) / (len(costs) - 1),
                       start_cost=start_cost / (len(costs) - 1), steps=steps)


def ascend(task, network, order):
    improved, size = True, sum((network.weights[n].astype(float) ** 2).sum() for n in network.trained)
    while improved and not task.stopped:
        improved = False
        for place in task.rng.permutation(len(task.groups)):
            group = task.groups[place]
            held = order[:place] + [np.arange(group.count)] + order[place + 1:]
            theirs = task.units(task.permuted(network, held), group).astype(float)
            products = task.units(task.networks[0], group).astype(float) @ theirs.T
            rows, columns = linear_sum_assignment(products, maximize=True)
            if products[rows, columns].sum() > products[rows, order[place]].sum() + 1e-10 * size:
                order, improved = order[:place] + [columns] + order[place + 1:], True
    return order


def distance(a, b):
    return float(sum(((a.weights[n].astype(float) - b.weights[n]) ** 2).sum() for n in a.trained))


run()
