"""Small networks, each with one thing that a cut must get right: 3 x 8 x 8 images, ten classes."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Concatenated(nn.Module):
    """One tensor, twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Conv2d(3, 8, 3), nn.Conv2d(16, 8, 3), nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.first(x))
        return self.head(F.relu(self.second(torch.cat([x, x], 1))).mean((2, 3)))


class Gated(nn.Module):
    """Two halves of one tensor are multiplied: channel i goes with channel 8 + i."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Conv2d(3, 16, 3), nn.Conv2d(8, 8, 3), nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.first(x).chunk(2, 1)
        return self.head(F.relu(self.second(value * torch.sigmoid(gate))).mean((2, 3)))


class Halves(nn.Module):
    """Two halves of one tensor go to two convolutions, the second half first."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.head = nn.Conv2d(3, 16, 3), nn.Linear(8, 10)
        self.left, self.right = nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3)

    def forward(self, x: Tensor) -> Tensor:
        left, right = self.first(x).chunk(2, 1)
        return self.head(F.relu(self.right(right) + self.left(left)).mean((2, 3)))


class UsedTwice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.again, self.head = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3, padding=1), nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.first(x))
        for _ in range(2):
            x = F.relu(self.again(x))
        return self.head(x.mean((2, 3)))


class GateParameter(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8, 10)
        self.gate = nn.Parameter(torch.randn(1, 8, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.first(x) * self.gate).mean((2, 3)))


class Flattened(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.maps, self.hidden, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8 * 36, 20), nn.Linear(20, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.hidden(F.relu(self.maps(x)).flatten(1))))


class Grouped(nn.Module):
    """Blocks of channels, single channels, a norm without numbers of its own, a rectifier with a slope for each."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.blocks = nn.Conv2d(3, 16, 3), nn.Conv2d(16, 32, 3, groups=8)
        self.single, self.norm = nn.Conv2d(32, 32, 1, groups=32), nn.BatchNorm2d(32, affine=False)
        self.slopes, self.slope, self.head = nn.PReLU(32), nn.PReLU(), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.slopes(self.norm(self.single(F.relu(self.blocks(F.relu(self.first(x)))))))
        return self.head(self.slope(x).mean((2, 3)))


class Residual(nn.Module):
    """A stream that two convolutions add to, each with its norm."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.stem_norm = nn.Conv2d(3, 12, 3, bias=False), nn.BatchNorm2d(12)
        self.inner, self.inner_norm = nn.Conv2d(12, 20, 3, padding=1, bias=False), nn.BatchNorm2d(20)
        self.back, self.back_norm = nn.Conv2d(20, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12)
        self.head = nn.Linear(12, 10)
        for norm in (self.stem_norm, self.inner_norm, self.back_norm):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.uniform_(norm.bias, -0.5, 0.5)
            norm.running_mean.uniform_(-0.5, 0.5)
            norm.running_var.uniform_(0.5, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem_norm(self.stem(x)))
        x = x + self.back_norm(self.back(F.relu(self.inner_norm(self.inner(x)))))
        return self.head(F.relu(x).mean((2, 3)))


class Mobile(nn.Module):
    """A depthwise filter between two convolutions, each with its norm; a norm on its own in front of the head."""

    def __init__(self) -> None:
        super().__init__()
        self.widen, self.widen_norm = nn.Conv2d(3, 24, 1, bias=False), nn.BatchNorm2d(24)
        self.filter, self.filter_norm = nn.Conv2d(24, 24, 3, groups=24, bias=False), nn.BatchNorm2d(24)
        self.narrow, self.own, self.head = nn.Conv2d(24, 16, 1), nn.BatchNorm2d(16), nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.widen_norm(self.widen(x)))
        x = F.relu(self.filter_norm(self.filter(x)))
        return self.head(F.relu(self.own(F.relu(self.narrow(x)))).mean((2, 3)))


class LayerNormed(nn.Module):
    """The stream cannot be cut, the layer between can."""

    def __init__(self) -> None:
        super().__init__()
        self.stream, self.norm = nn.Linear(192, 8), nn.LayerNorm(8)
        self.inner, self.head = nn.Linear(8, 400), nn.Linear(400, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.inner(self.norm(self.stream(x.flatten(1))))))


class Normalised(nn.Module):
    """Each pixel is divided by its norm over the channels, in no layer that could be known by its class."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 32, 3), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        return self.head(F.relu(self.second(x / x.norm(dim=1, keepdim=True))).mean((2, 3)))


class Fixed(Flattened):
    """The number of features is written into the code."""

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.hidden(F.relu(self.maps(x)).view(-1, 288))))


class Shared(nn.Module):
    """Two layers, one weight; and a third whose weight is used without it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.head = nn.Linear(192, 16), nn.Linear(200, 10)
        self.one, self.other, self.aside = nn.Linear(16, 16), nn.Linear(16, 16), nn.Linear(16, 16)
        self.last = nn.Linear(16, 200)
        self.other.weight = self.one.weight

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.other(F.relu(self.one(F.relu(self.first(x.flatten(1)))))))
        return self.head(F.relu(self.last(F.relu(F.linear(x, self.aside.weight)))))


class Unused(Flattened):
    """A second head that is never asked."""

    def __init__(self) -> None:
        super().__init__()
        self.auxiliary = nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 10))


class Softmax(Flattened):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).softmax(1)


class Pair(Flattened):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x), x


class Numpy(Flattened):
    """Leaves torch on the way."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(torch.from_numpy(x.detach().numpy()))


class NoGrad(Flattened):
    @torch.no_grad()
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x)


class InPlace(Flattened):
    """Normalises what it is given, in place."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x -= 0.5
        return super().forward(x)


EXACT = (Concatenated, Gated, Halves, UsedTwice, GateParameter, Flattened, Grouped, Residual, Mobile, Unused)
PARTLY = {LayerNormed: "stream", Normalised: "first", Fixed: "maps"}  # and the group that stays whole
