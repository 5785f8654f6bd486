"""Plugins for Basin in Python: methods for `search`, metrics of predictions, readers of data.

A plugin is a script that marks functions and ends with `run()`:

    from basin_plugin import method, parameter, run

    @method(id="my_matcher", summary="match units by what they compute", cost_name="distance")
    def my_matcher(task):
        "What the method does, in a few sentences for its help page."
        return task.result([task.identity for _ in task.networks], cost=0.0)

    run()

Basin puts this file where the script finds it; it needs numpy alone. What is printed goes to
standard error. Documentation/plugin-protocol.md describes the messages behind it.
"""

import base64
import inspect
import io
import json
import math
import os
import queue
import shutil
import sys
import threading
import time
import traceback

import numpy as np

PROTOCOL = 1

# Messages keep the real streams; what anything else prints, C libraries included, cannot mix in.
_input, _output = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
_nothing = os.open(os.devnull, os.O_RDONLY)
os.dup2(_nothing, 0)
os.close(_nothing)
os.dup2(2, 1)
sys.stdout = sys.stderr

_card = {"type": "card", "protocol": PROTOCOL, "methods": [], "metrics": [], "readers": []}
_functions = {}
_stops, _answers, _folders = set(), queue.Queue(), set()
_whole = set()  # requests under way whose answer is of no use in part
_sending, _asking = threading.Lock(), threading.Lock()


class PluginError(Exception):
    """An error that the person reads as it is, without type and place."""


class Stopped(Exception):
    """What was asked of Basin was cut off by a stop; the best that was reported is the result."""


# --- What a plugin brings


def parameter(name, kind, help, **fields):
    """One setting of a method: kind is int, real, yes_no, word, text, path, interval or duration.

    Fields: default, range=(least, most), choices=[...], words=[...], optional, unit,
    changes_result.
    """
    return {"name": name, "kind": kind, "help": help, **fields}


def _brings(kind, fields):
    def mark(function):
        for field in ("id", "summary"):
            if not fields.get(field):
                raise TypeError(f"{function.__name__} needs {field}=\"…\" in its decorator")
        text = inspect.getdoc(function) or fields["summary"]
        card = {"description": " ".join(text.split()), **fields}
        _card[kind].append(card)
        _functions[kind, card["id"]] = function
        return function

    return mark


def method(**card):
    """Marks a function task -> result as a method; its docstring is the description."""
    return _brings("methods", card)


def metric(**card):
    """Marks a function (logits, labels) -> number as a metric."""
    return _brings("metrics", card)


def reader(**card):
    """Marks a function path -> dataset(...), or a list of one to train on and one to test."""
    return _brings("readers", card)


def dataset(inputs, labels, classes=None, name=None):
    """Samples x the shape of one, and a class from 0 on for each; bytes are taken as pixels."""
    return {"inputs": np.asarray(inputs), "labels": np.asarray(labels), "classes": classes,
            "name": name}


# --- What a search is given


class Network:
    """A network's arrays by name, such as `fc1.weight`, of shape outputs x inputs.

    `trained` has the names of those that are trained: all but statistics of what it has seen.
    """

    def __init__(self, weights, trained=None):
        self.weights = weights
        self.trained = list(weights) if trained is None else trained


class Group:
    """The units of a hidden layer: its name, their count, and every axis that they stand on.

    An axis is (array's name, axis, block): a unit has `block` neighbouring places on it. `parts` has
    for each of them what the group has of the array, as an index: all of it, or where the layers
    work in groups a range of the axis, and of some of the rows.
    """

    def __init__(self, fields):
        self.name, self.count = fields["name"], fields["count"]
        self.axes = [(axis["parameter"], axis["axis"], axis["block"]) for axis in fields["axes"]]
        self.parts = [self._part(axis) for axis in fields["axes"]]

    def _part(self, axis):
        start = axis.get("start", 0)
        part = [slice(None)] * axis["axis"] + [slice(start, start + self.count * axis["block"])]
        if "rows" in axis:
            part[0] = slice(*axis["rows"])
        return tuple(part)


class Data:
    """Inputs, samples x the shape of one; labels; how many classes there are."""

    def __init__(self, fields, folder):
        load = lambda name: np.load(os.path.join(folder, name), mmap_mode="r").view(np.ndarray)
        self.inputs, self.labels = load(fields["inputs"]), load(fields["labels"])
        self.name, self.classes = fields["name"], fields["classes"]


class Task:
    """Everything that a search is given, and what it tells on the way."""

    def __init__(self, request):
        self._id, self._folder = request["id"], request["folder"]
        self._begin, self._told, self._asked = time.monotonic(), 0, 0
        self._best, self._share = None, 0.0
        self.settings, self.threads = request["settings"], request["threads"]
        self.seed, self.rng = request["seed"], np.random.default_rng(request["seed"])
        load = lambda name: np.load(os.path.join(self._folder, name))
        self.networks = [
            Network({p["name"]: load(p["file"]) for p in network["parameters"]},
                    [p["name"] for p in network["parameters"] if p["role"] in ("weight", "bias")])
            for network in request["networks"]
        ]
        self.graph, self.groups = request["graph"], [Group(group) for group in request["groups"]]
        self.data = Data(request["data"], self._folder) if request["data"] else None
        self.start = request["start"] and [[np.array(g, int) for g in p] for p in request["start"]]
        self.start_word, self.starts_at_random = request["start_word"], request["starts_at_random"]
        self.state = _unpacked(request["checkpoint"])
        self.trace = []

    @property
    def stopped(self):
        """Whether the search should end; look often, it costs nothing."""
        return self._id in _stops

    @property
    def identity(self):
        """The permutation of one network that moves nothing: a list with one array per group."""
        return [np.arange(group.count) for group in self.groups]

    def permuted(self, network, permutation):
        """The network with its units in another order: place i gets the unit permutation[g][i]."""
        weights = dict(network.weights)
        for group, order in zip(self.groups, permutation):
            for (name, axis, block), part in zip(group.axes, group.parts):
                places = (np.asarray(order)[:, None] * block + np.arange(block)).ravel()
                moved = np.take(weights[name][part], places, axis)
                if moved.shape != weights[name].shape:
                    whole = weights[name].copy()
                    whole[part], moved = moved, whole
                weights[name] = moved
        return Network(weights, network.trained)

    def units(self, network, group, side="both"):
        """What belongs to each unit of a group, one row a unit: weights `in`, `out`, or both."""
        axes = [(a, part) for a, part in zip(group.axes, group.parts) if a[0] in network.trained
                and (side == "both" or (a[1] == 0) == (side == "in"))]
        rows = [np.moveaxis(network.weights[name][part], axis, 0) for (name, axis, _), part in axes]
        return np.concatenate([row.reshape(group.count, -1) for row in rows], axis=1)

    def progress(self, share, best=None, cost=None, advice=None, **facts):
        """Tells how much is done, 0 to 1, and the best permutations so far, however often."""
        if not math.isfinite(share):
            raise ValueError(f"the share is {share}")
        self._share = float(share)
        if best is not None:
            self._best = (best, cost)
        # Ten lines a second are as many as anybody reads.
        if time.monotonic() - self._told >= 0.1 or advice:
            self._told = time.monotonic()
            self._send("progress", share=share, best=best, cost=cost, advice=advice, facts=facts)

    def point(self, step, cost):
        """Adds a point to the trace: the best cost after so many steps."""
        self.trace.append((int(step), time.monotonic() - self._begin, float(cost)))

    def checkpoint(self, state, share=None):
        """Keeps a state to go on from (`task.state`): numbers, texts, lists, dicts and arrays."""
        share = self._share if share is None else share
        self._send("checkpoint", state=_packed(state), share=share)

    def note(self, text):
        """Adds a sentence that a reader of the numbers should know."""
        self._send("note", text=text)

    def average_score(self, permutations):
        """Loss and error of the average of the permuted networks on the data."""
        return self._ask(what="average_score", permutations=permutations)

    def barrier(self, permutations, between=(0, 1), points=25):
        """The barriers in loss and error between two of the permuted networks."""
        return self._ask(
            what="barrier", permutations=permutations, between=between, points=points)

    def result(self, permutations=None, networks=None, cost=None, start_cost=None, steps=0,
               trace=None, figures=None, notes=(), checkpoint=None, finished=None, reason=None):
        """The outcome: a permutation per network, or learned networks, and what is to be told.
        It counts as finished unless there was a stop."""
        if cost is not None and not math.isfinite(cost):
            raise ValueError(f"the cost is {cost}")
        finished = not self.stopped if finished is None else finished
        files = networks and [
            {name: self._save(array, f"learned{number}-{name}.npy")
             for name, array in network.weights.items()}
            for number, network in enumerate(networks)
        ]
        told = {"cost": cost, "start_cost": start_cost, "steps": steps, "figures": figures or {},
                "trace": self.trace if trace is None else trace, "notes": list(notes),
                "status": "finished" if finished else "partial", "reason": reason,
                "share": self._share}
        _line(told)  # what cannot be sent is noticed here, where the script's own line is known
        return {"permutations": permutations, "networks": files, **told,
                "checkpoint": None if checkpoint is None else _packed(checkpoint)}

    def _save(self, array, name):
        return _save(np.asarray(array, np.float32), self._folder, name)

    def _send(self, type, **fields):
        _send({"type": type, "id": self._id, **fields})

    def _ask(self, **fields):
        with _asking:
            self._asked += 1
            self._send("ask", ask=self._asked, **fields)
            answer = _answers.get()
        if answer.get("stopped"):
            # It may come before the stop itself.
            _stops.add(self._id)
            raise Stopped("the search was stopped")
        if "refused" in answer:
            raise ValueError(answer["refused"])
        return answer["loss"], answer["error"]


# --- Messages


def _plain(value):
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be sent to Basin")


def _line(message):
    return json.dumps(message, default=_plain, allow_nan=False).encode() + b"\n"


def _send(message):
    line = _line(message)
    with _sending:
        try:
            _output.write(line)
            _output.flush()
        except OSError:
            _leave()


def _save(array, folder, name):
    np.save(os.path.join(folder, name), np.ascontiguousarray(array))
    return name


def _packed(state):
    """A state as text: whole numbers keep all their digits, arrays their bits."""

    def pack(value):
        if not isinstance(value, np.ndarray):
            return _plain(value)
        file = io.BytesIO()
        np.save(file, value, allow_pickle=False)
        return {"npy": base64.b64encode(file.getvalue()).decode()}

    return json.dumps(state, default=pack)


def _unpacked(text):
    def unpack(value):
        if set(value) != {"npy"}:
            return value
        return np.load(io.BytesIO(base64.b64decode(value["npy"])), allow_pickle=False)

    return None if text is None else json.loads(text, object_hook=unpack)


def _search(request):
    task = Task(request)
    try:
        result = _functions["methods", request["method"]](task)
    except Stopped:
        if task._best is None:
            raise PluginError("it was stopped before it had found anything; `task.progress(0, best=…)` "
                              "before the first score gives it something to return") from None
        result = task.result(task._best[0], cost=task._best[1], finished=False)
    if result is None:
        raise PluginError(f"`{request['method']}` returned None; it ends with `return task.result(…)`")
    return {"type": "result", **(result if isinstance(result, dict) else task.result(result))}


def _metric(request):
    load = lambda name: np.load(os.path.join(request["folder"], request[name]))
    value = _functions["metrics", request["metric"]](load("logits"), load("labels"))
    if not isinstance(value, (int, float, np.number)) and np.ndim(value) > 0 or value is None:
        raise PluginError(f"`{request['metric']}` returned {type(value).__name__}, and a metric is a number")
    value = float(value)
    return {"type": "value", "value": value if math.isfinite(value) else None}


def _read(request):
    sets = _functions["readers", request["reader"]](request["path"])
    sets = sets if isinstance(sets, list) else [sets]
    if not all(isinstance(part, dict) for part in sets):
        raise PluginError(f"`{request['reader']}` returned no data; it ends with `return dataset(inputs, labels)`")
    for number, part in enumerate(sets):
        inputs = part["inputs"]
        inputs = inputs if inputs.dtype == np.uint8 else inputs.astype(np.float32)
        part["inputs"] = _save(inputs, request["folder"], f"inputs{number}.npy")
        part["labels"] = _save(part["labels"], request["folder"], f"labels{number}.npy")
    return {"type": "data", "sets": sets}


def _hello(request):
    return _card


def _failed(error):
    """The error as a person reads it: what, and where in the plugin's own text."""
    traceback.print_exc()
    text = " ".join(str(error).split())[:500]
    if isinstance(error, PluginError):
        return {"type": "error", "message": text}
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == sys.modules["__main__"].__file__]
    frame = (own or frames)[-1]
    file = os.path.basename(frame.filename)
    place = f"{file}, line {frame.lineno}, in {frame.name}: {frame.line}"
    kind = "memory" if isinstance(error, MemoryError) else None
    text = f"{type(error).__name__}: {text}"
    return {"type": "error", "message": text, "notes": [place], "kind": kind}


def _leave():
    """Ends with Basin, whatever a method is doing."""
    for folder in list(_folders):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _listen(requests):
    """Takes in what Basin sends, also while a method works."""
    for line in _input:
        message = json.loads(line)
        if message["type"] == "stop":
            if message["id"] in _whole:
                break
            _stops.add(message["id"])
        elif message["type"] == "answer":
            _answers.put(message)
        elif message["type"] == "quit":
            break
        else:
            _folders.add(message["folder"])
            if message["type"] in ("metric", "read"):
                _whole.add(message["id"])
            requests.put(message)
    _leave()


def run(patience=None):
    """Serves Basin until it ends; patience is the longest silence in seconds that is no hang."""
    _card["patience"] = patience
    requests = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    handlers = {"hello": _hello, "search": _search, "metric": _metric, "read": _read}
    while True:
        request = requests.get()
        try:
            answer = handlers[request["type"]](request)
            _send({**answer, "id": request.get("id")})
        except (Exception, SystemExit) as error:
            _send({**_failed(error), "id": request.get("id")})
        _stops.discard(request.get("id"))
        _whole.discard(request.get("id"))
        _folders.discard(request["folder"] if request["type"] != "hello" else None)
