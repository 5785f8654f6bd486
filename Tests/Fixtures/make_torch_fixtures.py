"""Makes the `.pt` files in this folder that the tests of the reader use; made with PyTorch 2.13.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python make_torch_fixtures.py
"""

import os
import pickle
import zipfile
from collections import OrderedDict

import torch
from torch import nn

torch.manual_seed(1)
model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
state = model.state_dict()
x = torch.tensor([1.0, 2.0, 3.0, 4.0])

# The state dictionary as it is, in a checkpoint beside its optimizer, of DataParallel, by name.
torch.save(state, "torch.pt")
optimizer = torch.optim.Adam(model.parameters())
model(x).sum().backward()
before = {name: value.clone() for name, value in state.items()}
optimizer.step()
parallel = {"module." + name: value for name, value in before.items()}
torch.save(
    {"epoch": 3, "model_state_dict": parallel, "optimizer": optimizer.state_dict(), "loss": 0.5,
     "scale": torch.tensor(0.5)},
    "torch_checkpoint.pt")
torch.save({"a": before, "b": {n: v * 2 for n, v in before.items()}}, "torch_pair.pt")
torch.save([before, before], "torch_list.pt")
torch.save({n: v.half() if "0" in n else v.double() for n, v in before.items()}, "torch_types.pt")

# Views: transposed, cut out of a larger storage, expanded, shared; parameters; every type.
half = torch.arange(6, dtype=torch.float32).reshape(2, 3) / 8 - 0.25
large = torch.zeros(5, 7)
large[1:3, 2:5] = half
every = {
    "transposed": half.t().contiguous().t(), "cut": large[1:3, 2:5], "shared": large[1, 2:],
    "column": torch.tensor([[7.0], [8.0]]).expand(2, 3), "one": torch.tensor(1.5),
    "empty": torch.zeros(0, 4), "parameter": nn.Parameter(half),
    "bool": torch.tensor([True, False]), "brain": half.bfloat16(),
}
for name in ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]:
    every[name] = torch.tensor([1, 2, 100], dtype=getattr(torch, name))
every["int64"] -= 3
torch.save(every, "torch_views.pt")
torch.save(OrderedDict(a=half, n=2), "torch_protocol4.pt", pickle_protocol=4)
torch.save(OrderedDict(a=half, n=2), "torch_protocol5.pt", pickle_protocol=5)

# What is refused: a model and not its weights, old files, programs, and what would run something.
torch.save(model, "torch_model.pt")
torch.save(state, "torch_old.pt", _use_new_zipfile_serialization=False)
torch.jit.save(torch.jit.script(nn.ReLU()), "torch_script.pt")


class Asks:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


def refused(name, value):
    with zipfile.ZipFile(name, "w") as archive:
        archive.writestr(f"archive/data.pkl", pickle.dumps(value, protocol=2))
        archive.writestr("archive/version", "3\n")


refused("torch_system.pt", Asks(os.system, ("touch /tmp/basin-was-run",)))
refused("torch_eval.pt", OrderedDict(a=Asks(eval, ("open('/tmp/basin-was-run', 'w')",))))
refused("torch_nested.pt", [Asks(getattr, (Asks(__import__, ("os",)), "system"))])

with torch.no_grad():
    for name, value in before.items():
        dict(model.named_parameters())[name].copy_(value)
    print("torch.pt gives", model(x).tolist())
