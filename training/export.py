"""Networks -> ONNX files that hold nothing but the model: python -m training.export MARKS.PT MARKS.ONNX."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

from training.network import Answering, Network

SMALL = 1024
"""Numbers from which a tensor is stored in half precision."""


def main() -> None:
    network = Network()
    network.load_state_dict(torch.load(sys.argv[1], map_location="cpu"))
    export(network, Path(sys.argv[2]))


def export(network: Network, path: Path) -> None:
    """The recogniser, with any number of crops of any width."""
    crops, width = torch.export.Dim("crops", min=1, max=4096), torch.export.Dim("quarter", min=2, max=1024)
    shapes = {0: crops, 3: 4 * width}
    write(Answering(network), torch.zeros(2, 1, 32, 64), shapes, "probabilities", path)


def write(model: nn.Module, example: torch.Tensor, shapes: dict[int, Any], answer: str, path: Path) -> None:
    """The model with the input `x`, of which `shapes` vary, and the output `answer`."""
    torch.onnx.export(
        model.eval().to(memory_format=torch.contiguous_format),  # type: ignore[call-overload]
        (example,),
        str(path),
        input_names=["x"],
        output_names=[answer],
        dynamic_shapes={"x": shapes},
        external_data=False,
        dynamo=True,
    )
    onnx.save(halved(bare(onnx.load(path))), path)


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its weights stored in half precision; onnxruntime widens them once, when it opens the file."""
    casts = []
    for stored in model.graph.initializer:
        values = numpy_helper.to_array(stored)
        if values.dtype == np.float32 and values.size >= SMALL:
            name = stored.name
            stored.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
            casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def bare(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model without notes: the exporter writes the paths of its source files beside every node."""
    for part in (
        model,
        model.graph,
        *model.graph.node,
        *model.graph.value_info,
        *model.graph.input,
        *model.graph.output,
    ):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    return model


if __name__ == "__main__":
    main()
