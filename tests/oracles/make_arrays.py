"""Writes tests/data/arrays: what numpy and safetensors make of small known arrays.

    pip install numpy safetensors
    python tests/oracles/make_arrays.py

The expected numbers stand in tests/files.rs. Run again only to add a case; the files are committed.
"""

import pathlib
import zipfile

import numpy as np
from safetensors.numpy import save_file

OUT = pathlib.Path(__file__).parent.parent / "data" / "arrays"
TYPES = ["f8", "f4", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"]


def matrix(dtype):
    """0 1 0 / 1 0 1 for bool, else 0 … 5, with -1 in front where the type has a sign."""
    base = np.arange(6).reshape(2, 3)
    if dtype == "?":
        return (base % 2).astype(dtype)
    if dtype[0] != "u":
        base[0, 0] = -1
    return base.astype(dtype)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    types = {f"t_{dtype.replace('?', 'b1')}": matrix(dtype) for dtype in TYPES}
    np.savez(OUT / "types.npz", **types)
    np.savez_compressed(OUT / "types_deflated.npz", **types)
    save_file(types, OUT / "types.safetensors")
    np.savez(OUT / "fortran.npz", W1=np.asfortranarray(matrix("f8")), view=matrix("f8").T)
    np.savez(OUT / "big_endian.npz", f=matrix("f8").astype(">f8"), i=matrix("i4").astype(">i4"))
    np.savez(OUT / "row.npz", b1=np.array([0.5, -1.5, 2.0]))
    save_file({"b1": np.array([0.5, -1.5, 2.0])}, OUT / "row.safetensors")
    np.savez(OUT / "scalar.npz", W2=np.array(1.0))
    np.savez(OUT / "half.npz", W2=matrix("f2"))
    save_file({"W2": matrix("f2")}, OUT / "half.safetensors")

    # Each of these is refused.
    refused = {
        "cube": np.zeros((2, 3, 4)),
        "empty": np.zeros((0, 3)),
        "complex": matrix("c16"),
        "text": np.array([["a", "b"]]),
        "objects": np.array([[None, 1]], dtype=object),
        "records": np.zeros((2, 2), dtype=[("x", "f8"), ("y", "i4")]),
    }
    for name, array in refused.items():
        np.savez(OUT / f"refused_{name}.npz", W2=array)
    nan = np.zeros((4, 18))
    nan[3, 17] = np.nan
    np.savez(OUT / "refused_nan.npz", W1=np.ones((1, 1)), W2=nan)
    save_file({"W2": np.full((1, 2), -np.inf)}, OUT / "refused_inf.safetensors")
    np.save(OUT / "refused_single.npy", matrix("f8"))
    with zipfile.ZipFile(OUT / "refused_twice.npz", "w") as archive:
        for number in (1.0, 2.0):
            with archive.open("W2.npy", "w") as entry:
                np.save(entry, np.full((1, 1), number))
    with zipfile.ZipFile(OUT / "refused_checkpoint.npz", "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02.")

    # A header that claims 10^12 elements, deflated zeros that are many, and a header of nested brackets.
    def npy(descr, shape, body=b"", fortran=False):
        header = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n".encode()
        return b"\x93NUMPY\x02\x00" + len(header).to_bytes(4, "little") + header + body

    bombs = {
        "claim": npy("'<f8'", "(1000000, 1000000)"),
        "overflow": npy("'<f8'", "(4294967296, 4294967296)"),
        "short": npy("'<f8'", "(2, 3)", bytes(40)),
        "long": npy("'<f8'", "(2, 3)", bytes(56)),
        "zeros": npy("'|i1'", "(4000, 4000)", bytes(16_000_000)),
        "nested": npy("[" * 900 + "]" * 900, "(2, 3)"),
        "header": npy("'<f8'", "(" + " " * 100_000 + "2, 3)", bytes(48)),
    }
    for name, body in bombs.items():
        with zipfile.ZipFile(OUT / f"refused_{name}.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            info = zipfile.ZipInfo("W2.npy")
            archive.writestr(info, body, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
