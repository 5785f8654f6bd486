"""Simulated annealing on the loss of the average, with a state to go on from.

    plugin load examples/plugins/annealing.py
    p = search py_anneal a b data=train steps=500
    q = resume p                                     after Ctrl-C or budget=

Slow beside `sa2`, which knows what a swap changes; it shows how a long search is written.
"""
import numpy as np
from basin_plugin import Stopped, method, parameter, run


@method(
    id="py_anneal",
    summary="anneal the loss of the average by swaps of two units, a plain example",
    parameters=[
        parameter("steps", "int", "how many swaps to try", default=500, range=[1, 10_000_000]),
        parameter("heat", "real", "the temperature at the start, in units of the loss", default=0.01, range=[0, 10]),
    ],
    needs_data=True, draws_random_numbers=True, can_resume=True, takes_start=True,
    cost_name="train loss of the average", step_name="swap", step_words="swaps",
)
def py_anneal(task):
    """Swaps two units of one layer of one network, keeps the swap if the loss of the average falls or,
    with a probability that falls with the temperature, if it rises; the best counts."""
    try:
        state = task.state or begin(task)
    except Stopped:
        # Before the first score there is nothing but the start.
        return task.result(task.start or [task.identity for _ in task.networks])
    task.rng.bit_generator.state = state["rng"]
    steps, heat = task.settings["steps"], task.settings["heat"]
    movable = [(n, g) for n in range(1, len(task.networks)) for g, group in enumerate(task.groups) if group.count > 1]
    while movable and state["step"] < steps and not task.stopped:
        network, group = movable[task.rng.integers(len(movable))]
        a, b = task.rng.choice(task.groups[group].count, 2, replace=False)
        trial = [[order.copy() for order in orders] for orders in state["now"]]
        trial[network][group][[a, b]] = trial[network][group][[b, a]]
        # A stop in here ends the search with the best that was told last.
        loss, _ = task.average_score(trial)
        cold = heat * (1 - state["step"] / steps)
        if loss <= state["loss"] or task.rng.random() < np.exp(-(loss - state["loss"]) / max(cold, 1e-30)):
            state["now"], state["loss"] = trial, loss
        if state["loss"] < state["cost"]:
            state["best"], state["cost"] = state["now"], state["loss"]
        state["step"] += 1
        state["rng"] = task.rng.bit_generator.state
        task.checkpoint(state, share=state["step"] / steps)
        task.progress(state["step"] / steps, best=state["best"], cost=state["cost"], loss=f"{state['loss']:.4f}")
    return task.result(state["best"], cost=state["cost"], start_cost=state["start"], steps=state["step"], checkpoint=state)


def begin(task):
    now = task.start or [task.identity for _ in task.networks]
    # Who is stopped before the first score begins anew.
    task.checkpoint(None)
    loss, _ = task.average_score(now)
    return {"step": 0, "now": now, "loss": loss, "best": now, "cost": loss, "start": loss,
            "rng": task.rng.bit_generator.state}


run()
