"""Networks -> ONNX files that hold nothing but the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import torch
from torch import nn

from training.network import Answering, Network


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
    onnx.save(bare(onnx.load(path)), path)


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
