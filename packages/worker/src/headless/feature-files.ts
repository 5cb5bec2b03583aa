/** Feature networks as files. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readSafetensors, writeSafetensors } from '@gantry/shared';
import type { TrainedFeatures } from '../features/train.ts';

/** null where there is none, or none that can be used: then it is made anew. */
export async function readFeatures(path: string, parameterCount: number): Promise<TrainedFeatures | null> {
  const file = await readFile(path).catch(() => null);
  if (file === null) return null;
  try {
    const { tensors, metadata } = readSafetensors(file);
    const data = tensors.get('parameters')?.data;
    const accuracy = Number(metadata.accuracy);
    if (!(data instanceof Float32Array) || data.length !== parameterCount || !(accuracy >= 0)) return null;
    return { parameters: data.slice(), accuracy };
  } catch {
    return null;
  }
}

/** A folder that cannot be written to costs the next one the training, and nothing else. */
export async function keepFeatures(path: string, { parameters, accuracy }: TrainedFeatures): Promise<void> {
  const tensors = new Map([['parameters', { shape: [parameters.length], data: parameters }]]);
  // Several may train it at once, to the same bits.
  const first = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(
      first,
      writeSafetensors(tensors, { format: 'gantry-features', accuracy: String(accuracy) }),
    );
    await rename(first, path);
  } catch {
    await rm(first, { force: true }).catch(() => undefined);
  }
}
