"""Network -> ONNX with any number of crops of any width."""

from __future__ import annotations

from pathlib import Path

import torch

from training.network import Answering, Network


def export(network: Network, path: Path) -> None:
    model = Answering(network).eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    crops, width = torch.export.Dim("crops", min=1, max=4096), torch.export.Dim("quarter", min=2, max=1024)
    torch.onnx.export(
        model,
        (torch.zeros(2, 1, 32, 64),),
        str(path),
        input_names=["x"],
        output_names=["probabilities"],
        dynamic_shapes={"x": {0: crops, 3: 4 * width}},
        external_data=False,
        dynamo=True,
    )
