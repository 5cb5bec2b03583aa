"""The DCGAN-32 step in PyTorch, one thread: forward and backward of a discriminator and a generator step.

Reads a number of iterations a line, and answers each with the mean milliseconds of one. The first line it writes tells
what it is, as JSON: the version, both networks' parameters, and whether products go to OpenBLAS.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

EXAMPLES, LATENT, WIDTH = 32, 64, 32
torch.set_num_threads(1)
torch.manual_seed(1)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        top = 4 * WIDTH
        self.dense = nn.Linear(LATENT, 16 * top, bias=False)
        self.bn0 = nn.BatchNorm2d(top)
        self.convt1 = nn.ConvTranspose2d(top, top // 2, 4, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(top // 2)
        self.convt2 = nn.ConvTranspose2d(top // 2, top // 4, 4, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(top // 4)
        self.convt3 = nn.ConvTranspose2d(top // 4, 1, 4, 2, 1)

    def forward(self, z):
        x = self.dense(z).view(-1, 4 * WIDTH, 4, 4)
        x = F.relu(self.bn0(x))
        x = F.relu(self.bn1(self.convt1(x)))
        x = F.relu(self.bn2(self.convt2(x)))
        return torch.tanh(self.convt3(x))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv0 = nn.Conv2d(1, WIDTH, 4, 2, 1)
        self.conv1 = nn.Conv2d(WIDTH, 2 * WIDTH, 4, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(2 * WIDTH)
        self.conv2 = nn.Conv2d(2 * WIDTH, 4 * WIDTH, 4, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(4 * WIDTH)
        self.dense = nn.Linear(16 * 4 * WIDTH, 1)

    def forward(self, x):
        x = F.leaky_relu(self.conv0(x), 0.2)
        x = F.leaky_relu(self.bn1(self.conv1(x)), 0.2)
        x = F.leaky_relu(self.bn2(self.conv2(x)), 0.2)
        return self.dense(x.flatten(1))


generator, discriminator = Generator(), Discriminator()
real = torch.randn(EXAMPLES, 1, 32, 32).clamp(-1, 1)
latents = torch.randn(EXAMPLES, LATENT)


def train(network, on):
    for parameter in network.parameters():
        parameter.requires_grad_(on)
        parameter.grad = None


def discriminator_step():
    train(discriminator, True)
    with torch.no_grad():
        fake = generator(latents)
    loss = F.softplus(-discriminator(real)).sum() + F.softplus(discriminator(fake)).sum()
    loss.backward()


def generator_step():
    # The discriminator's own gradients are not asked for: nothing that can be avoided is computed.
    train(discriminator, False)
    train(generator, True)
    F.softplus(-discriminator(generator(latents))).sum().backward()


def iterations(count):
    began = time.perf_counter()
    for _ in range(count):
        discriminator_step()
        generator_step()
    return 1000 * (time.perf_counter() - began) / count


iterations(3)
with open("/proc/self/maps") as maps:
    openblas = "openblas" in maps.read()
count = lambda network: sum(parameter.numel() for parameter in network.parameters())
about = {"torch": torch.__version__, "openblas": openblas}
about["parameters"] = {"generator": count(generator), "discriminator": count(discriminator)}
print(json.dumps(about), flush=True)
for line in sys.stdin:
    print(iterations(int(line)), flush=True)
