/**
 * A generator as a safetensors file for PyTorch: its names (`bn1.running_mean`) and its layouts, so that
 * `load_state_dict` takes it where modules are named as the run's layers are. docs/export.md shows one.
 */
import {
  gantryError,
  parseConfigText,
  planModel,
  readSafetensors,
  volume,
  writeSafetensors,
  type NetworkPlan,
  type NetworkState,
  type ParameterEntry,
  type RunConfig,
  type SimpleLayerSpec,
  type Tensor,
} from '@gantry/shared';
import { runningPlaces } from '../training/transfer.ts';
import { configText } from '../run/directory.ts';
import { factsOf, weightKinds, type ExportedGenerator, type WeightKind } from './generator.ts';

/** What each of our parameters is called there, and which of our axes each of its axes is. */
const translations: Readonly<Record<string, { readonly name: string; readonly axes?: readonly number[] }>> = {
  // [kh, kw, in, out] → [out, in, kh, kw]; transposed, [kh, kw, out, in] → [in, out, kh, kw]
  'conv2d/kernel': { name: 'weight', axes: [3, 2, 0, 1] },
  'conv2dTranspose/kernel': { name: 'weight', axes: [3, 2, 0, 1] },
  'dense/kernel': { name: 'weight', axes: [1, 0] },
  'projection/kernel': { name: 'weight', axes: [1, 0] },
  'projection/embedding': { name: 'embedding.weight' },
  'labelEmbedding/embedding': { name: 'weight' },
};
const usual: Readonly<Record<string, string>> = { gamma: 'weight', beta: 'bias', bias: 'bias' };
const running: Readonly<Record<string, string>> = {
  runningMean: 'running_mean',
  runningVariance: 'running_var',
};

export function safetensorsFile(generator: ExportedGenerator): Uint8Array<ArrayBuffer> {
  const { classes, example, ...facts } = factsOf(generator);
  return writeSafetensors(torchTensors(generator.plan, generator.state), {
    // What PyTorch's own tools look for.
    format: 'pt',
    ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)])),
    classes: JSON.stringify(classes),
    example: JSON.stringify(example),
    epsilon: String(generator.config.batchNorm.epsilon),
    layers: JSON.stringify(
      generator.plan.layers.map(({ name, spec, inputs, output }) => ({ ...spec, name, inputs, output })),
    ),
    config: configText(generator.config),
  });
}

export interface ReadGenerator {
  readonly config: RunConfig;
  readonly state: NetworkState;
  readonly iteration: number;
  readonly weights: WeightKind;
}

/**
 * The way back: what `safetensorsFile` wrote.
 *
 * @throws SAFETENSORS_INVALID for another file, CONFIG_*
 */
export function readSafetensorsGenerator(file: Uint8Array): ReadGenerator {
  const { tensors, metadata } = readSafetensors(file);
  if (metadata.config === undefined) {
    throw gantryError('SAFETENSORS_INVALID', 'it is no generator that gantry export wrote');
  }
  const config = parseConfigText(metadata.config, 'its metadata');
  const plan = planModel(config).generator;
  const kinds = kindsOf(plan);
  const state = {
    parameters: new Float32Array(plan.parameterCount),
    running: new Float32Array(plan.runningLength),
  };
  const take = (
    name: string,
    shape: readonly number[],
    into: Float32Array,
    axes?: readonly number[],
  ): void => {
    const found = tensors.get(name);
    const there = axes === undefined ? shape : axes.map((axis) => shape[axis]);
    if (!(found?.data instanceof Float32Array) || String(found.shape) !== String(there)) {
      throw gantryError('SAFETENSORS_INVALID', `${name} is not there, or not of shape [${there.join(', ')}]`);
    }
    const back = axes && shape.map((_, axis) => axes.indexOf(axis));
    into.set(permuted(found.data.slice(), found.shape, back).data);
  };
  for (const entry of plan.parameters) {
    const { layer, parameter } = partsOf(entry.name);
    const { name, axes } = translationOf(kinds.get(layer), parameter);
    const { shape, offset, size } = entry;
    take(torchName(layer, name), shape, state.parameters.subarray(offset, offset + size), axes);
  }
  for (const { name, shape, offset, size } of runningPlaces(plan, '')) {
    const { layer, parameter } = partsOf(name.slice(1));
    take(torchName(layer, running[parameter]), shape, state.running.subarray(offset, offset + size));
  }
  const weights = weightKinds.find((kind) => kind === metadata.weights) ?? 'ema';
  return { config, state, iteration: Number(metadata.iteration), weights };
}

const kindsOf = (plan: NetworkPlan) => new Map(plan.layers.map(({ name, spec }) => [name, spec.type]));

function torchTensors(plan: NetworkPlan, state: NetworkState): Map<string, Tensor> {
  const kinds = kindsOf(plan);
  const tensors = new Map<string, Tensor>();
  for (const entry of plan.parameters) {
    const { layer, parameter } = partsOf(entry.name);
    const { name, axes } = translationOf(kinds.get(layer), parameter);
    const values = state.parameters.slice(entry.offset, entry.offset + entry.size);
    tensors.set(torchName(layer, name), permuted(values, entry.shape, axes));
  }
  for (const { name, shape, offset, size } of runningPlaces(plan, '')) {
    const { layer, parameter } = partsOf(name.slice(1));
    tensors.set(torchName(layer, running[parameter]), {
      shape,
      data: state.running.slice(offset, offset + size),
    });
  }
  return tensors;
}

function partsOf(path: ParameterEntry['name']): { readonly layer: string; readonly parameter: string } {
  const slash = path.lastIndexOf('/');
  return { layer: path.slice(0, slash), parameter: path.slice(slash + 1) };
}

/** Modules inside modules are told by dots. */
const torchName = (layer: string, name: string): string => `${layer.replaceAll('/', '.')}.${name}`;

function translationOf(kind: SimpleLayerSpec['type'] | 'add' | 'concat' | undefined, parameter: string) {
  const found = translations[`${kind}/${parameter}`] ?? (usual[parameter] && { name: usual[parameter] });
  if (found) return found;
  throw gantryError('INTERNAL', `PyTorch's name for ${parameter} of a ${kind} layer is not known`);
}

/** @param axes - axis i of the result is axis `axes[i]` of `values`; left out: as it is */
function permuted(
  values: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  axes: readonly number[] | undefined,
): Tensor {
  if (axes === undefined) return { shape, data: values };
  const strides = shape.map((_, axis) => volume(shape.slice(axis + 1)));
  const newShape = axes.map((axis) => shape[axis]);
  const data = new Float32Array(values.length);
  const index = axes.map(() => 0);
  for (let at = 0; at < data.length; at++) {
    let from = 0;
    for (let i = 0; i < axes.length; i++) from += index[i] * strides[axes[i]];
    data[at] = values[from];
    for (let i = axes.length - 1; i >= 0; i--) {
      index[i] += 1;
      if (index[i] < newShape[i]) break;
      index[i] = 0;
    }
  }
  return { shape: newShape, data };
}
