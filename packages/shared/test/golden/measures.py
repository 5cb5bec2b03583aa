"""
Measures of small sets, computed with NumPy and SciPy straight from their definitions, for measures.test.ts.

    python3 packages/shared/test/golden/measures.py > packages/shared/test/golden/measures.json
    npx prettier --write packages/shared/test/golden/measures.json

The committed file was made with NumPy 2.4.6 and SciPy 1.17.1. Sets are rounded to float32, so both sides read the same
numbers. Everything is written out the slow way, by all pairs and full matrices.
"""

import json

import numpy as np
import scipy.linalg
import scipy.stats

random = np.random.default_rng(7)


def frechet(a, b):
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    # The trace of a root is the sum of its eigenvalues; the product has no root itself where it is singular.
    root = np.sqrt(np.maximum(np.linalg.eigvals(first @ second).real, 0)).sum()
    if np.linalg.matrix_rank(first @ second) == len(first):
        assert np.isclose(root, np.trace(scipy.linalg.sqrtm(first @ second)).real, rtol=1e-10)
    shift = a.mean(axis=0) - b.mean(axis=0)
    return float(shift @ shift + np.trace(first + second) - 2 * root)


def kernel(a, b):
    return (a @ b.T / a.shape[1] + 1) ** 3


def kid(a, b):
    n, m = len(a), len(b)
    of_a, of_b = kernel(a, a), kernel(b, b)
    within_a = (of_a.sum() - np.trace(of_a)) / (n * (n - 1))
    within_b = (of_b.sum() - np.trace(of_b)) / (m * (m - 1))
    return float(within_a + within_b - 2 * kernel(a, b).mean())


def distances(a, b):
    return np.linalg.norm(a[:, None] - b[None], axis=2)


def reaches(a, k):
    # Column 0 is the sample itself.
    return np.sort(distances(a, a), axis=1)[:, k]


def manifold(real, fake, k):
    between = distances(real, fake)
    in_real = between < reaches(real, k)[:, None]
    in_fake = between < reaches(fake, k)[None]
    return {
        "precision": float(in_real.any(axis=0).mean()),
        "recall": float(in_fake.any(axis=1).mean()),
        "density": float(in_real.sum(axis=0).mean() / k),
        "coverage": float(in_real.any(axis=1).mean()),
    }


def sets(n, m, size, singular=False):
    mix = random.normal(size=(size, size))
    real = random.normal(size=(n, size)) @ mix + 3
    fake = random.normal(size=(m, size)) @ mix * 0.8 + 3.4
    if singular:
        # A feature that never fires, and one that repeats another.
        for each in (real, fake):
            each[:, 0] = 0
            each[:, 1] = each[:, 2]
    return [each.astype(np.float32).astype(np.float64) for each in (real, fake)]


def case(name, n, m, size, k, singular=False):
    real, fake = sets(n, m, size, singular)
    return {
        "name": name,
        "size": size,
        "neighbours": k,
        "real": real.ravel().tolist(),
        "generated": fake.ravel().tolist(),
        "frechet": frechet(real, fake),
        "kid": kid(real, fake),
        **manifold(real, fake, k),
    }


counts, reference = [3, 0, 5, 12], [5, 5, 4, 6]
print(
    json.dumps(
        {
            "sets": [
                case("more samples than features", 40, 32, 5, 3),
                case("fewer samples than features", 6, 7, 9, 2),
                case("singular covariances", 30, 30, 6, 5, singular=True),
            ],
            "histogram": {
                "counts": counts,
                "reference": reference,
                "uniform": float(scipy.stats.entropy(counts, [1] * 4)),
                "relative": float(scipy.stats.entropy(counts, reference)),
            },
        },
        indent=1,
    )
)
