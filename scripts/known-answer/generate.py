"""Writes packages/worker/src/compute/known-answer/expected.ts: the gradients that every backend must reproduce.

PyTorch in float64 is the oracle: it shares no code with TensorFlow.js or with this project. The inputs come from
the counter-based generator, written here a second time, in NumPy.

To run again (Debian): apt-get install python3-torch && python3 scripts/known-answer/generate.py
"""
import os
import numpy as np, torch, torch.nn.functional as F

f64 = torch.float64
PURPOSE, EXAMPLES, CHANNELS, LATENT = 6, 4, 3, 5


def philox(counter, key):
    """Philox4x32-10 (Salmon et al. 2011), one block of four words."""
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & 0xFFFFFFFF, (p0 >> 32) ^ c[3] ^ k[1], p0 & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


def normal(*shape, phase=0, example=0, layer=0):
    """Float32 standard normal numbers at an address with seed 0 (Box and Muller)."""
    count = int(np.prod(shape))
    words = np.array([w for block in range((count + 3) // 4) for w in philox([block, example, 0, 0], [0, PURPOSE | phase << 8 | layer << 16])], dtype=np.float64)
    radius = np.sqrt(-2 * np.log((words[0::2] + 1) * 2.0**-32))
    angle = 2 * np.pi * words[1::2] * 2.0**-32
    z = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).ravel()[:count]
    return torch.tensor(z.astype(np.float32).reshape(shape))


def parameters(phase, shapes):
    """float32 arithmetic as in the worker: drawn as float32, then scaled and stored as float32."""
    out = {}
    for index, (name, shape) in enumerate(shapes.items()):
        z = normal(*shape, phase=phase, example=index).to(f64)
        scale, around = (0.2 if name.endswith("kernel") else 0.1), (1 if name.endswith("gamma") else 0)
        out[name] = (around + scale * z).to(torch.float32).to(f64).requires_grad_()
    return out


C = CHANNELS
D = parameters(0, {"conv0/kernel": (4, 4, 1, C), "conv0/bias": (C,), "conv1/kernel": (4, 4, C, 2 * C), "bn1/gamma": (2 * C,), "bn1/beta": (2 * C,),
                   "dense/kernel": (4 * 4 * 2 * C, 1), "dense/bias": (1,)})
G = parameters(1, {"dense/kernel": (LATENT, 4 * 4 * 2 * C), "bn0/gamma": (2 * C,), "bn0/beta": (2 * C,), "convt1/kernel": (4, 4, C, 2 * C),
                   "bn1/gamma": (C,), "bn1/beta": (C,), "convt2/kernel": (4, 4, 1, C), "convt2/bias": (1,)})


def norm(x, gamma, beta):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-5)


def kernel(k):  # ours is [kh, kw, in, out], or transposed [kh, kw, out, in]; PyTorch wants the last two first
    return k.permute(3, 2, 0, 1)


def generate(z):
    h = (z @ G["dense/kernel"]).view(-1, 4, 4, 2 * C).permute(0, 3, 1, 2)
    h = F.relu(norm(h, G["bn0/gamma"], G["bn0/beta"]))
    h = F.relu(norm(F.conv_transpose2d(h, kernel(G["convt1/kernel"]), stride=2, padding=1), G["bn1/gamma"], G["bn1/beta"]))
    return torch.tanh(F.conv_transpose2d(h, kernel(G["convt2/kernel"]), G["convt2/bias"], stride=2, padding=1))


def discriminate(x):
    h = F.leaky_relu(F.conv2d(x, kernel(D["conv0/kernel"]), D["conv0/bias"], stride=2, padding=1), 0.2)
    h = F.leaky_relu(norm(F.conv2d(h, kernel(D["conv1/kernel"]), stride=2, padding=1), D["bn1/gamma"], D["bn1/beta"]), 0.2)
    return (h.permute(0, 2, 3, 1).flatten(1) @ D["dense/kernel"] + D["dense/bias"]).squeeze(1)


real = (0.5 * normal(EXAMPLES, 16, 16, 1, layer=1).to(f64)).clamp(-1, 1).permute(0, 3, 1, 2)
latents = [normal(EXAMPLES, LATENT, layer=2, phase=phase).to(f64) for phase in (0, 1)]
with torch.no_grad():
    fake = generate(latents[0])
# Sums over examples, as in the wire's records.
loss_d = F.softplus(-discriminate(real)).sum() + F.softplus(discriminate(fake)).sum()
loss_g = F.softplus(-discriminate(generate(latents[1]))).sum()
answers = {"discriminator": torch.autograd.grad(loss_d, list(D.values())), "generator": torch.autograd.grad(loss_g, list(G.values()))}

path = os.path.join(os.path.dirname(__file__), "../../packages/worker/src/compute/known-answer/expected.ts")
with open(path, "w") as out:
    out.write("/** Gradients of the known-answer case in plan order, by PyTorch in float64; made by scripts/known-answer/generate.py. */\n")
    out.write("import type { PhaseName } from '@gantry/shared';\n\n")
    out.write("// prettier-ignore\nexport const expectedGradients: Readonly<Record<PhaseName, readonly number[]>> = {\n")
    for phase, gradients in answers.items():
        numbers = [f"{x:.7g}" for x in torch.cat([g.flatten() for g in gradients]).tolist()]
        rows = [", ".join(numbers[i : i + 10]) for i in range(0, len(numbers), 10)]
        out.write(f"  {phase}: [\n    " + ",\n    ".join(rows) + ",\n  ],\n")
    out.write("};\n")
