"""SA on the train error of the average: PyTorch evaluates a move, simanneal drives the chain.

`careful` permutes, averages and runs forward for every move. `incremental` keeps what a swap does
not change, as Basin does, in PyTorch's terms: two columns of the hidden layer and a small product.
A full run of the first takes hours, so some steps are timed, and both the step and 50 000 times
the step are reported.
"""

import random
import signal

import common
from simanneal import Annealer

STEPS = {"careful": 12, "incremental": 120}
FIVE_STEPS = 4
CHUNK = 2000


class Chain(Annealer):
    """What both have in common: the order of the second network's units is the state."""

    copy_strategy = "slice"
    # Temperatures in the unit of the error, about those that Basin's trial finds.
    Tmax, Tmin = 1e-3, 1e-5
    updates = 0

    def __init__(self, order, networks, inputs, labels):
        super().__init__(order)
        # simanneal takes Ctrl-C for itself.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        (self.first, self.second), self.inputs, self.labels = networks, inputs, labels

    def swap(self):
        a, b = random.sample(range(len(self.state)), 2)
        self.state[a], self.state[b] = self.state[b], self.state[a]
        return a, b


class Careful(Chain):
    def move(self):
        self.swap()

    def energy(self):
        import torch

        order = torch.tensor(self.state)
        (w1, b1), (w2, b2) = self.first
        (v1, c1), (v2, c2) = self.second
        average = [
            ((w1 + v1[order]) / 2, (b1 + c1[order]) / 2),
            ((w2 + v2[:, order]) / 2, (b2 + c2) / 2),
        ]
        wrong = 0
        for inputs, labels in zip(self.inputs.split(CHUNK), self.labels.split(CHUNK)):
            wrong += (common.forward(average, inputs).argmax(1) != labels).sum().item()
        return wrong / len(self.labels)


class CarefulFive(Annealer):
    """Several networks, all of which move: one pair of units in one of them, or in each."""

    copy_strategy = "deepcopy"
    Tmax, Tmin = 1e-3, 1e-5
    updates = 0

    def __init__(self, orders, networks, inputs, labels, every):
        super().__init__(orders)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.networks, self.inputs, self.labels, self.every = networks, inputs, labels, every

    def move(self):
        for order in self.state if self.every else [random.choice(self.state)]:
            a, b = random.sample(range(len(order)), 2)
            order[a], order[b] = order[b], order[a]

    def energy(self):
        import torch

        count = len(self.networks)
        orders = [torch.tensor(order) for order in self.state]
        pairs = list(zip(orders, self.networks))
        average = [
            (sum(w[o] for o, ((w, _), _) in pairs) / count,
             sum(b[o] for o, ((_, b), _) in pairs) / count),
            (sum(w[:, o] for o, (_, (w, _)) in pairs) / count,
             sum(b for _, (_, b) in pairs) / count),
        ]
        wrong = 0
        for inputs, labels in zip(self.inputs.split(CHUNK), self.labels.split(CHUNK)):
            wrong += (common.forward(average, inputs).argmax(1) != labels).sum().item()
        return wrong / len(self.labels)


def five(row, given, inputs, labels):
    """One row with five networks of 1024 units."""
    import torch

    networks = common.trained_networks(given.networks, "1x1024_5")
    for _ in range(given.repeat):
        random.seed(1)
        orders = [random.sample(range(1024), 1024) for _ in networks]
        with torch.no_grad():
            chain = CarefulFive(orders, networks, inputs, labels, row.endswith("_all"))
            chain.steps = 1
            chain.anneal()
            chain.steps = FIVE_STEPS
            seconds, _ = common.timed(chain.anneal)
        each = seconds / (FIVE_STEPS + 1)
        common.report(
            row, "pytorch+simanneal careful", each, "move", f"{FIVE_STEPS} moves timed"
        )


class Incremental(Chain):
    """Keeps both networks' pre-activations, units × samples, and the logits of the average."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.ours, self.theirs = (
            (weight @ self.inputs.t()).add_(bias[:, None])
            for (weight, bias), _ in (self.first, self.second)
        )
        self.out = self.first[1][0].t().contiguous()
        self.their_out = self.second[1][0].t().contiguous()
        self.bias = (self.first[1][1] + self.second[1][1]) / 2
        self.logits = self.scratch()
        self.wrong = self.count(self.logits)
        self.proposed = None

    def scratch(self):
        import torch

        order = torch.tensor(self.state)
        hidden = (self.ours + self.theirs[order]).div_(2).relu_()
        out = (self.out + self.their_out[order]) / 2
        return (out.t() @ hidden).add_(self.bias[:, None])

    def count(self, logits):
        return (logits.argmax(0) != self.labels).sum().item() / len(self.labels)

    def pair(self, places, sources):
        """Hidden columns and outgoing weights of two units of the average."""
        hidden = (self.ours[places] + self.theirs[sources]).div_(2).relu_()
        return hidden, (self.out[places] + self.their_out[sources]) / 2

    def move(self):
        import torch

        # simanneal puts a copy in the state's place where it refused the last move.
        if self.proposed is not None and self.proposed[0] is self.state:
            _, self.logits, self.wrong = self.proposed
        places = list(random.sample(range(len(self.state)), 2))
        before = [self.state[place] for place in places]
        old, old_out = self.pair(places, before)
        new, new_out = self.pair(places, before[::-1])
        change = torch.cat([new_out, -old_out]).t() @ torch.cat([new, old])
        logits = change.add_(self.logits)
        wrong = self.count(logits)
        for place, source in zip(places, before[::-1]):
            self.state[place] = source
        self.proposed = (self.state, logits, wrong)
        return wrong - self.wrong

    def energy(self):
        return self.wrong


def main():
    given = common.options()
    torch = common.torch_with(given.threads)
    inputs, labels, _, _ = common.fashion_mnist()
    for row in given.rows:
        if row.startswith("sa2_step_five"):
            five(row, given, inputs, labels)
            continue
        width = int(row.split("_")[-1])
        networks = common.trained_networks(given.networks, f"1x{width}")
        for _ in range(given.repeat):
            for kind, method in (("careful", Careful), ("incremental", Incremental)):
                random.seed(1)
                order = random.sample(range(width), width)
                with torch.no_grad():
                    chain = method(order, networks, inputs, labels)
                    chain.steps = 2
                    chain.anneal()
                    chain.steps = STEPS[kind]
                    seconds, _ = common.timed(chain.anneal)
                # The careful chain evaluates its start, too.
                each = seconds / (STEPS[kind] + (kind == "careful"))
                variant = f"pytorch+simanneal {kind}"
                detail = f"{STEPS[kind]} steps timed"
                common.report(f"sa2_step_{width}", variant, each, "step", detail)
                common.report(
                    f"sa2_{width}", variant, 50_000 * each, "50 000 steps", detail + ", times 50 000"
                )


if __name__ == "__main__":
    main()
