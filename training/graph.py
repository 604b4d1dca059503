"""An ONNX graph as a torch module that can be trained on, and back: the same nodes, every number a parameter.

PP-OCRv6's small networks (Apache 2.0) have some 25 kinds of nodes; each is one torch function here. The outputs agree
with onnxruntime's to 3e-6 of their values.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

Attributes = dict[str, Any]
Value = Any


class Graph(nn.Module):
    """Runs the nodes of an ONNX file one after the other, as far as what is wanted needs them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.model = onnx.load(str(path))
        self.names: dict[str, str] = {}
        self.constants: dict[str, Tensor] = {}
        # A batch normalisation keeps its statistics: a variance that is learnt may become negative.
        norms = [node for node in self.model.graph.node if node.op_type == "BatchNormalization"]
        fixed = {name for node in norms for name in node.input[3:]}
        for stored in self.model.graph.initializer:
            self._keep(stored.name, np.array(numpy_helper.to_array(stored)), stored.name not in fixed)
        self.nodes = [(node.op_type, list(node.input), node.output[0], _attributes(node)) for node in _live(self.model)]

    def _keep(self, name: str, values: np.ndarray[Any, Any], learnt: bool) -> None:
        if values.dtype == np.float32 and values.size > 1 and learnt:
            self.names[name] = f"p{len(self.names)}"
            self.register_parameter(self.names[name], nn.Parameter(torch.from_numpy(values)))
        else:
            self.constants[name] = torch.from_numpy(np.asarray(values))

    def parameter(self, name: str) -> nn.Parameter:
        """The number stored as `name` in the file."""
        return getattr(self, self.names[name])

    def forward(self, x: Tensor, wanted: tuple[str, ...]) -> list[Tensor]:
        """The values named `wanted`, for an input `x` as the ONNX file takes it."""
        values: dict[str, Value] = {"x": x}
        for kind, inputs, output, attributes in self.nodes:
            given = [self._value(name, values, x.device) for name in inputs]
            values[output] = _OPERATIONS[kind](attributes, *given)
            if all(name in values for name in wanted):
                break
        return [values[name] for name in wanted]

    def _value(self, name: str, values: dict[str, Value], device: torch.device) -> Value:
        if name in values:
            return values[name]
        if name in self.names:
            return getattr(self, self.names[name])
        return self.constants[name].to(device) if self.constants[name].is_floating_point() else self.constants[name]

    def stored(self) -> onnx.ModelProto:
        """The ONNX model with the numbers as they are now."""
        for each in self.model.graph.initializer:
            if each.name in self.names:
                values = self.parameter(each.name).detach().cpu().float().numpy()
                each.CopyFrom(numpy_helper.from_array(values, each.name))
        return self.model


def _live(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """The nodes that the output needs, in their order."""
    needed = {output.name for output in model.graph.output}
    kept = []
    for node in reversed(model.graph.node):
        if needed & set(node.output):
            kept.append(node)
            needed |= set(node.input)
    return kept[::-1]


def _attributes(node: onnx.NodeProto) -> Attributes:
    return {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}


def _conv(a: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    top, left, bottom, right = a["pads"] if "pads" in a else _same_upper(a, x)
    if (top, left) != (bottom, right):
        x, top, left = functional.pad(x, (left, right, top, bottom)), 0, 0
    return functional.conv2d(x, weight, bias, a["strides"], (top, left), a["dilations"], a["group"])


def _same_upper(a: Attributes, x: Tensor) -> tuple[int, int, int, int]:
    """ONNX's SAME_UPPER, the odd row or column at the end."""
    each = zip(x.shape[2:], a["kernel_shape"], a["strides"], strict=True)
    down, across = (max((-(-size // stride) - 1) * stride + kernel - size, 0) for size, kernel, stride in each)
    return down // 2, across // 2, down - down // 2, across - across // 2


def _transposed(a: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    return functional.conv_transpose2d(x, weight, bias, a["strides"])


def _max_pool(a: Attributes, x: Tensor) -> Tensor:
    # SAME_UPPER with a kernel of 2 and a stride of 1: one row and one column more at the end.
    return functional.max_pool2d(functional.pad(x, (0, 1, 0, 1), value=float("-inf")), a["kernel_shape"], a["strides"])


def _norm(a: Attributes, x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    shape = (1, -1, *([1] * (x.dim() - 2)))
    factor = scale / torch.sqrt(variance + a["epsilon"])
    return x * factor.view(shape) + (bias - mean * factor).view(shape)


def _slice(_: Attributes, x: Value, starts: Tensor, ends: Tensor, axes: Tensor, *steps: Tensor) -> Value:
    strides = steps[0].tolist() if steps else [1] * len(starts)
    for start, end, axis, stride in zip(starts.tolist(), ends.tolist(), axes.tolist(), strides, strict=True):
        x = x[(slice(None),) * axis + (slice(start, end, stride),)]
    return x


def _reshape(_: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    return x.reshape([x.shape[at] if size == 0 else size for at, size in enumerate(shape.tolist())])


def _concat(a: Attributes, *parts: Tensor) -> Tensor:
    return torch.cat(parts, a["axis"])


def _resize(_: Attributes, x: Tensor, __: Tensor, scales: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=tuple(scales.tolist()[2:]), mode="nearest")


_OPERATIONS: dict[str, Callable[..., Value]] = {
    "Identity": lambda _, x: x,
    "Add": lambda _, x, y: x + y,
    "Sub": lambda _, x, y: x - y,
    "Mul": lambda _, x, y: x * y,
    "Div": lambda _, x, y: x / y,
    "Pow": lambda _, x, y: x**y,
    "Sqrt": lambda _, x: torch.sqrt(x),
    "Relu": lambda _, x: torch.relu(x),
    "Erf": lambda _, x: torch.erf(x),
    "Sigmoid": lambda _, x: torch.sigmoid(x),
    "HardSigmoid": lambda a, x: torch.clamp(x * a["alpha"] + a["beta"], 0, 1),
    "GlobalAveragePool": lambda _, x: x.mean((2, 3), keepdim=True),
    "ReduceMean": lambda a, x: x.mean(a["axes"], keepdim=bool(a.get("keepdims", 1))),
    "Conv": _conv,
    "ConvTranspose": _transposed,
    "MaxPool": _max_pool,
    "AveragePool": lambda a, x: functional.avg_pool2d(x, a["kernel_shape"], a["strides"]),
    "BatchNormalization": _norm,
    "Resize": _resize,
    "Concat": _concat,
    "Shape": lambda _, x: torch.tensor(x.shape),
    "Slice": _slice,
    "Squeeze": lambda a, x: x.squeeze(a["axes"][0]),
    "Unsqueeze": lambda a, x: x.unsqueeze(a["axes"][0]),
    "Reshape": _reshape,
    "Transpose": lambda a, x: x.permute(a["perm"]),
    "MatMul": lambda _, x, y: x @ y,
    "Softmax": lambda a, x: x.softmax(a["axis"]),
}
