/** Which backends a machine has, whether they compute right, and which is fastest on the run's own model. */
import { errorText, gantryError, type BackendTrial, type ModelPlan, type RunConfig } from '@gantry/shared';
import { registerWasmKernels } from './kernels/register.ts';
import * as tf from './tf.ts';
import { TfCompute } from './tfCompute.ts';
import type { BackendName, Compute } from './types.ts';

/** @throws NO_BACKEND where it does not start */
export async function createCompute(
  backend: BackendName,
  model: ModelPlan,
  config: RunConfig,
): Promise<Compute> {
  await start(backend);
  return new TfCompute(backend, model, config);
}

async function start(backend: BackendName): Promise<void> {
  if (backend === 'wasm') registerWasmKernels();
  let reason = 'it does not start';
  try {
    if (await tf.setBackend(backend)) return;
  } catch (error) {
    reason = errorText(error);
  }
  throw gantryError('NO_BACKEND', `${backend}: ${reason}`);
}

export type { BackendTrial };
