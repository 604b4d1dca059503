"""The two networks: PP-OCRv6's small ones, the recogniser with our alphabet, the finder with a second answer."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import torch
from torch import Tensor, nn

from training.graph import Graph
from training.texts import SYMBOLS

BLANK, OTHER = 0, len(SYMBOLS) + 1
"""Classes of the recogniser: CTC's blank, each of `SYMBOLS`, and any character outside them."""
CLASSES = len(SYMBOLS) + 2
LOOKS_LIKE = dict(zip("|丨Ⅰ〇○Ø—–·•×∶", "Il1OO0--..x:", strict=True))
"""Classes of PP-OCRv6 outside our alphabet that have the shape of one of its symbols."""
FEATURES, HEAD, BIAS = "p2o.pd_op.transpose.8.0", "linear_8.w_0", "linear_8.b_0"
LOGITS, PYRAMID = "p2o.pd_op.add.97.0", "p2o.pd_op.concat.1.0"
"""Names of values in the ONNX files: the recogniser's features before its head; the finder's answer before the sigmoid
and its joined pyramid at a quarter of the picture's size."""
HIDDEN = 24
"""Channels between the pyramid and the finder's second answer."""
USUAL = 3.2
"""Logarithm of a usual cap height in pixels, from which the finder learns to differ."""


class Recogniser(nn.Module):
    """Crops (n, 3, 48, width) in -1..1 -> logits (n, width / 8, CLASSES)."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.body = Graph(path)
        weight, bias = self.body.parameter(HEAD).data, self.body.parameter(BIAS).data
        characters = _characters(self.body)
        first = {each: at for at, each in reversed(list(enumerate(characters)))}
        own = [first[each] for each in SYMBOLS]
        others = torch.randperm(len(characters) - 1)[:2000] + 1
        self.weight = nn.Parameter(torch.cat([weight[:, [0, *own]], weight[:, others].mean(1, keepdim=True)], 1))
        self.bias = nn.Parameter(torch.cat([bias[[0, *own]], bias[others].mean()[None]]))
        self.targets = torch.tensor([_target(each) for each in characters])
        self.targets[0] = BLANK

    def forward(self, crops: Tensor) -> Tensor:
        (features,) = self.body(crops, (FEATURES,))
        return features @ self.weight + self.bias

    def teacher(self, crops: Tensor) -> Tensor:
        """Probabilities (n, width / 8, CLASSES) of the whole head, what is outside our alphabet added up as OTHER."""
        (features,) = self.body(crops, (FEATURES,))
        full = (features @ self.body.parameter(HEAD) + self.body.parameter(BIAS)).float().softmax(2)
        out = torch.zeros(*full.shape[:2], CLASSES, device=full.device)
        return out.index_add(2, self.targets.to(full.device), full)


class Finder(nn.Module):
    """Pictures (n, 3, height, width) in -1..1 -> logits of cores (n, 1, height, width) and, at a quarter of the size,
    the cosine and sine of the text's angle and the logarithm of its cap height in pixels (n, 3, ...)."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.body = Graph(path)
        channels = self.body.parameter(_weight_of(self.body, PYRAMID)).shape[1]
        self.first = nn.Conv2d(channels, HIDDEN, 3, padding=1)
        self.second = nn.Conv2d(HIDDEN, 3, 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        pyramid, cores = self.body(pictures, (PYRAMID, LOGITS))
        along = self.second(torch.relu(self.first(pyramid)))
        return cores, torch.cat([along[:, :2], along[:, 2:] + USUAL], 1)


def both(models: Path) -> nn.ModuleDict:
    """`recogniser` and `finder` as PP-OCRv6 has them, from the folder of its ONNX files."""
    recogniser = Recogniser(models / "PP-OCRv6_rec_small.onnx")
    return nn.ModuleDict({"recogniser": recogniser, "finder": Finder(models / "PP-OCRv6_det_small.onnx")})


def save(networks: nn.Module, path: Path) -> None:
    """What is learnt, in half precision: `load` takes it up again."""
    kept = {name: each.half() for name, each in networks.state_dict().items() if each.numel() < 1_000_000}
    part = path.with_suffix(".part")
    torch.save(kept, part)
    part.replace(path)


def load(networks: nn.Module, path: Path) -> None:
    """Takes up what `save` wrote; ValueError where that is of other networks."""
    kept = torch.load(path, map_location="cpu")
    unknown = networks.load_state_dict({name: each.float() for name, each in kept.items()}, strict=False)
    if unknown.unexpected_keys:
        raise ValueError(f"{path} has numbers of another network: {unknown.unexpected_keys[:3]}")


def _characters(body: Graph) -> list[str]:
    listed = {each.key: each.value for each in body.model.metadata_props}["character"].splitlines()
    return ["", *listed, " "]


def _target(character: str) -> int:
    plain = LOOKS_LIKE.get(character, unicodedata.normalize("NFKC", character))
    return SYMBOLS.index(plain) + 1 if plain and plain in SYMBOLS and len(plain) == 1 else OTHER


def _weight_of(body: Graph, value: str) -> str:
    """The weight of the convolution that takes the value."""
    return str(next(inputs[1] for kind, inputs, _, _ in body.nodes if kind == "Conv" and inputs[0] == value))
