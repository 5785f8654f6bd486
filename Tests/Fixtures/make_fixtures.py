"""Makes the array files in this folder that the tests of the readers use.

    python3 -m venv venv && venv/bin/pip install numpy h5py safetensors
    venv/bin/python make_fixtures.py

Made with numpy 2, h5py 3 and safetensors 0.5 or newer. The tests hold the expected values.
"""

import json
import struct
import zipfile

import h5py
import numpy as np
from safetensors.numpy import save_file

half = np.arange(6, dtype=np.float32).reshape(2, 3) / 8 - 0.25

# npy: versions, orders, ends.
np.save("plain.npy", half)
np.save("fortran.npy", np.asfortranarray(np.arange(24, dtype=np.int32).reshape(2, 3, 4)))
np.save("big_endian.npy", half.astype(">f8"))
np.save("scalar.npy", np.float32(1.5))
np.save("truth.npy", np.array([True, False, True]))
for version in (2, 3):
    with open(f"version{version}.npy", "wb") as file:
        np.lib.format.write_array(file, half.astype(np.float16), version=(version, 0))
np.save("records.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i2")]))

# npz: stored and deflated.
np.savez("stored.npz", **{"0.weight": half, "0.bias": np.array([1, -2], dtype=np.int64)})
np.savez_compressed("packed.npz", zeros=np.zeros((64, 64)), half=half.astype(np.float16))

# safetensors with texts.
save_file(
    {"b": half, "a": np.array([[7]], dtype=np.uint8), "h": half.astype(np.float16)},
    "numpy.safetensors",
    metadata={"framework": "numpy"},
)

# bfloat16 by hand: numpy has none.
bits = (half.view(np.uint32) >> 16).astype("<u2").tobytes()
header = json.dumps({"w": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]}}).encode()
with open("brain.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + bits)

# HDF5 in its oldest format, as h5py wrote it by default for years: no checksums.
with h5py.File("h5py.h5", "w", libver=("earliest", "v110")) as file:
    file.attrs["title"] = "made by h5py"
    file.attrs["fixed"] = np.bytes_("fixed length")
    file.attrs["epochs"] = 10
    file.attrs["rates"] = np.array([0.5, 0.25])
    group = file.create_group("nets/1")
    group.attrs["seed"] = np.int64(7)
    group["half"] = half
    group["f16"] = half.astype(np.float16)
    group["f64"] = half.astype(np.float64)
    group["big"] = np.array([1, -2, 3], dtype=">i4")
    group["truth"] = np.array([True, False])
    group["scalar"] = np.float32(2.5)
    group["empty"] = np.zeros((0, 4), dtype=np.float32)
    file.create_dataset(
        "packed", data=np.arange(1000, dtype=np.uint16).reshape(10, 100), chunks=(4, 30),
        compression="gzip", shuffle=True, fletcher32=True)
    file["words"] = np.array(["a", "b"], dtype=h5py.string_dtype())
    file["soft"] = h5py.SoftLink("/packed")
    file["outside"] = h5py.ExternalLink("/etc/hosts", "/x")
    group["again"] = file["nets"]

# HDF5 that claims much: a chunked array of which nothing was written.
with h5py.File("claims.h5", "w", libver=("earliest", "v110")) as file:
    file.create_dataset("huge", shape=(1 << 20, 1 << 20), dtype="f4", chunks=(64, 64))

# A perceptron as PyTorch's state_dict of nn.Sequential(Linear(4, 3), ReLU(), Linear(3, 2)).
generator = np.random.default_rng(1)
weights = {
    "0.weight": generator.standard_normal((3, 4), dtype=np.float32),
    "0.bias": generator.standard_normal(3, dtype=np.float32),
    "2.weight": generator.standard_normal((2, 3), dtype=np.float32),
    "2.bias": generator.standard_normal(2, dtype=np.float32),
}
save_file(weights, "sequential.safetensors")
save_file({"model." + name: value for name, value in weights.items()}, "prefixed.safetensors")
with h5py.File("sequential.h5", "w", track_order=True, libver=("v108", "v110")) as file:
    for name, value in weights.items():
        file[name] = value

# What the network gives for the input 1, 2, 3, 4.
x = np.array([1, 2, 3, 4], dtype=np.float32)
hidden = np.maximum(weights["0.weight"] @ x + weights["0.bias"], 0)
print("sequential gives", (weights["2.weight"] @ hidden + weights["2.bias"]).tolist())
with zipfile.ZipFile("stored.npz") as archive:
    print([entry.filename for entry in archive.infolist()])
