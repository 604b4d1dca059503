"""Networks -> the two ONNX files that ship: `python -m training.export MODELS AVERAGE.PT FOLDER`.

`-` in place of the weights is for PP-OCRv6's own numbers. Both files take one grey channel instead of three equal ones,
and store their numbers in half precision.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from training.networks import BIAS, CLASSES, HEAD, PYRAMID, USUAL, Finder, Recogniser, both, load
from training.texts import SYMBOLS

SMALL = 1024
"""How many numbers a tensor has at least that is stored in half precision."""
UNTOUCHED = "-"
"""Stands for the numbers that PP-OCRv6 has."""
NOTICE = "Derived from PP-OCRv6 (PaddlePaddle, Apache License 2.0), changed by Castmark: NOTICE beside it says how."


def main() -> None:
    models, weights, folder = (Path(each) for each in sys.argv[1:4])
    networks = both(models)
    if weights.name != UNTOUCHED:
        load(networks, weights)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(finished(reading(networks["recogniser"])), folder / "recogniser.onnx")
    onnx.save(finished(finding(networks["finder"])), folder / "finder.onnx")


def reading(network: Recogniser) -> onnx.ModelProto:
    """The recogniser's graph with the head of our alphabet; `characters` among its notes are the classes from 1 on."""
    model = network.body.stored()
    for name, values in ((HEAD, network.weight), (BIAS, network.bias)):
        _replace(model, name, values)
    model.graph.output[0].type.tensor_type.shape.dim[-1].dim_value = CLASSES
    _grey(model)
    del model.metadata_props[:]
    helper.set_model_props(model, {"characters": SYMBOLS, "notice": NOTICE})
    return model


def finding(network: Finder) -> onnx.ModelProto:
    """The finder's graph with its second answer, `along`."""
    model = network.body.stored()
    for name, values in network.state_dict().items():
        if not name.startswith("body."):
            _store(model, name, values.detach().float().numpy())
    _store(model, "usual", np.array([0, 0, USUAL], np.float32).reshape(1, 3, 1, 1))
    model.graph.node.extend(
        [
            helper.make_node("Conv", [PYRAMID, "first.weight", "first.bias"], ["hidden"], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["hidden"], ["seen"]),
            helper.make_node("Conv", ["seen", "second.weight", "second.bias"], ["turned"]),
            helper.make_node("Add", ["turned", "usual"], ["along"]),
        ]
    )
    model.graph.output.append(helper.make_tensor_value_info("along", TensorProto.FLOAT, ["n", 3, "rows", "columns"]))
    _grey(model)
    del model.metadata_props[:]
    helper.set_model_props(model, {"notice": NOTICE})
    return model


def _store(model: onnx.ModelProto, name: str, values: np.ndarray[Any, Any]) -> None:
    model.graph.initializer.append(numpy_helper.from_array(values, name))


def _replace(model: onnx.ModelProto, name: str, values: Tensor) -> None:
    stored = next(each for each in model.graph.initializer if each.name == name)
    stored.CopyFrom(numpy_helper.from_array(values.detach().float().numpy(), name))


def _grey(model: onnx.ModelProto) -> None:
    """Takes one channel: three equal ones weigh as much as one with the sum of their weights."""
    first = next(node for node in model.graph.node if node.op_type == "Conv" and node.input[0] == "x")
    stored = next(each for each in model.graph.initializer if each.name == _source(model, first.input[1]))
    weights = numpy_helper.to_array(stored)
    stored.CopyFrom(numpy_helper.from_array(weights.sum(axis=1, keepdims=True), stored.name))
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1


def _source(model: onnx.ModelProto, name: str) -> str:
    """The stored tensor behind a chain of identities."""
    made = {node.output[0]: node for node in model.graph.node}
    while name in made:
        name = made[name].input[0]
    return name


def finished(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its weights in half precision, which onnxruntime widens once, when it opens the file."""
    casts = []
    for stored in model.graph.initializer:
        values = numpy_helper.to_array(stored)
        if values.dtype == np.float32 and values.size >= SMALL:
            name = stored.name
            stored.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
            casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    main()
