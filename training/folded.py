"""The weights of an exported model, to train on from: what ships is enough to go on."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from training.network import Network


def unfolded(path: Path, crops: Tensor) -> Network:
    """A network that answers as the exported one does.

    The export folds each normalisation into the convolution before it. `crops` (crops, 1, 32, width) are of the kind to
    be trained on: normalisations get the mean and deviation that these have there, and undo them.
    """
    held = {each.name: numpy_helper.to_array(each) for each in onnx.load(path).graph.initializer}
    network = Network().eval()
    x = crops
    with torch.no_grad():
        for name, conv, norm in _pairs(network):
            conv.weight.copy_(torch.from_numpy(held[f"{name}.weight"].copy()))
            _undo(norm, torch.from_numpy(held[f"{name}.weight_bias"].copy()))
        weight, bias = held["network.head.weight"], held["network.head.bias"]
        network.head.weight[: len(weight)].copy_(torch.from_numpy(weight.copy()))
        network.head.bias.fill_(-6.0)[: len(bias)].copy_(torch.from_numpy(bias.copy()))
        _settle(network, x)
    return network


def _pairs(network: Network) -> list[tuple[str, nn.Conv2d, nn.BatchNorm2d]]:
    """Each convolution that a normalisation follows, by its name in the export."""
    named = dict(network.named_modules())
    found = []
    for name, module in named.items():
        if isinstance(module, nn.BatchNorm2d):
            place, _, number = name.rpartition(".")
            before = f"{place}.{int(number) - 1}"
            conv = named[before]
            if not isinstance(conv, nn.Conv2d):
                raise TypeError(f"{before} is no convolution: the network has changed, and this file must too")
            found.append((f"network.{before}", conv, module))
    return found


def _undo(norm: nn.BatchNorm2d, bias: Tensor) -> None:
    norm.running_mean.zero_()
    norm.running_var.fill_(1.0)
    norm.weight.fill_((1 + norm.eps) ** 0.5)
    norm.bias.copy_(bias)


def _settle(network: Network, crops: Tensor) -> None:
    """Gives every normalisation the statistics of what comes to it, without changing what leaves it."""

    def measured(norm: nn.BatchNorm2d, given: tuple[Tensor, ...]) -> None:
        mean, var = given[0].mean((0, 2, 3)), given[0].var((0, 2, 3))
        norm.bias.add_(mean)
        norm.weight.copy_((var + norm.eps).sqrt())
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(var)

    hooks = [
        module.register_forward_pre_hook(measured) for module in network.modules() if isinstance(module, nn.BatchNorm2d)
    ]
    network(crops)
    for hook in hooks:
        hook.remove()
