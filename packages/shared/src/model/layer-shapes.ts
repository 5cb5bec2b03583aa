/** What each layer makes of its input's shape, and which parameters it has. */
import { gantryError } from '../errors.ts';
import type { PlanContext } from './plan.ts';
import type { Initializer, SimpleLayerSpec } from './spec.ts';
import { volume } from './spec.ts';

/**
 * @param input - shape of one example
 * @param place - the layer, for messages
 * @param context - with `pack`: examples that an earlier layer has made one of
 * @throws MODEL_SHAPE where the layer cannot take such an input
 */
export function outputShape(
  spec: SimpleLayerSpec,
  input: readonly number[],
  place: string,
  context: Pick<PlanContext, 'classes' | 'microbatch'> & { readonly pack: number },
): readonly number[] {
  const refuse = (reason: string) => gantryError('MODEL_SHAPE', place, input, reason);
  const channels = input[input.length - 1];
  const vector = (): number => {
    if (input.length !== 1) throw refuse(`a ${spec.type} layer takes a vector [features]`);
    return input[0];
  };
  const image = (): readonly [number, number, number] => {
    if (input.length !== 3) throw refuse(`a ${spec.type} layer takes an image [height, width, channels]`);
    return [input[0], input[1], input[2]];
  };
  const dividesMicrobatch = (size: number): void => {
    const rows = context.microbatch / context.pack;
    if (rows % size === 0) return;
    const [what, packs] = context.pack === 1 ? ['examples', ''] : ['packs', ' of them'];
    throw refuse(`${size} ${what} do not divide a microbatch of ${rows}${packs}, which they must not cross`);
  };
  const labelled = (): void => {
    if (context.classes === 0) throw refuse('it needs labels, and the data has none');
  };
  switch (spec.type) {
    case 'dense':
      vector();
      return [spec.units];
    case 'conv2d': {
      const [height, width] = image();
      return [Math.ceil(height / spec.stride), Math.ceil(width / spec.stride), spec.filters];
    }
    case 'conv2dTranspose': {
      const [height, width] = image();
      return [height * spec.stride, width * spec.stride, spec.filters];
    }
    case 'upsampling': {
      const [height, width] = image();
      return [height * spec.factor, width * spec.factor, channels];
    }
    case 'averagePooling': {
      const [height, width] = image();
      const { size, stride } = spec;
      if (stride === 1 && size % 2 === 1) return input;
      if (stride !== size)
        throw refuse(`windows of ${size} need stride ${size}, or stride 1 and an odd size`);
      if (height % size !== 0 || width % size !== 0) throw refuse(`windows of ${size} do not divide it`);
      return [height / size, width / size, channels];
    }
    case 'groupNorm':
      if (channels % spec.groups !== 0)
        throw refuse(`${spec.groups} groups do not divide ${channels} channels`);
      return input;
    case 'maxout': {
      const features = vector();
      if (features % spec.pieces !== 0)
        throw refuse(`${spec.pieces} pieces do not divide ${features} features`);
      return [features / spec.pieces];
    }
    case 'minibatchStdDev':
      dividesMicrobatch(spec.group);
      return [...input.slice(0, -1), channels + 1];
    case 'normalization':
      if (spec.mean.length !== channels || spec.deviation.length !== channels) {
        throw refuse(`it has constants for ${spec.mean.length} channels`);
      }
      return input;
    case 'reshape':
      if (volume(spec.shape) !== volume(input)) throw refuse(`it does not fill [${spec.shape.join(', ')}]`);
      return spec.shape;
    case 'pack':
      dividesMicrobatch(spec.size);
      return [...input.slice(0, -1), channels * spec.size];
    case 'labelEmbedding':
      labelled();
      return [vector() + spec.units];
    case 'projection':
      labelled();
      vector();
      return [1];
    case 'batchNorm':
    case 'layerNorm':
    case 'dropout':
    case 'activation':
      return input;
  }
}

export interface ParameterDraft {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  readonly fanIn: number;
}

/** @param initializer - the network's; @param classes - of the data */
export function parametersOf(
  spec: SimpleLayerSpec,
  input: readonly number[],
  initializer: Initializer,
  classes: number,
): readonly ParameterDraft[] {
  const channels = input[input.length - 1];
  const zero: Initializer = { kind: 'constant', value: 0 };
  const withBias = (kernel: readonly number[], units: number, fanIn: number): readonly ParameterDraft[] => [
    { name: 'kernel', shape: kernel, initializer, fanIn },
    ...(spec.type === 'projection' || ('bias' in spec && spec.bias)
      ? [
          {
            name: 'bias',
            shape: [units],
            initializer: initializer.kind === 'fan-in-uniform' ? initializer : zero,
            fanIn,
          },
        ]
      : []),
  ];
  switch (spec.type) {
    case 'dense':
      return withBias([channels, spec.units], spec.units, channels);
    case 'conv2d':
      return withBias(
        [spec.kernel, spec.kernel, channels, spec.filters],
        spec.filters,
        spec.kernel ** 2 * channels,
      );
    case 'conv2dTranspose':
      return withBias(
        [spec.kernel, spec.kernel, spec.filters, channels],
        spec.filters,
        spec.kernel ** 2 * channels,
      );
    case 'batchNorm':
    case 'layerNorm':
    case 'groupNorm': {
      // Batch norm's scale starts near one, as in DCGAN (Radford et al. 2016), where kernels start normal.
      const gamma: Initializer =
        initializer.kind === 'normal' && spec.type === 'batchNorm'
          ? { kind: 'normal', mean: 1, deviation: initializer.deviation }
          : { kind: 'constant', value: 1 };
      return [
        { name: 'gamma', shape: [channels], initializer: gamma, fanIn: channels },
        { name: 'beta', shape: [channels], initializer: zero, fanIn: channels },
      ];
    }
    case 'labelEmbedding':
      return [
        {
          name: 'embedding',
          shape: [classes, spec.units],
          initializer: { kind: 'normal', mean: 0, deviation: 1 },
          fanIn: classes,
        },
      ];
    case 'projection':
      return [
        ...withBias([channels, 1], 1, channels),
        { name: 'embedding', shape: [classes, channels], initializer, fanIn: channels },
      ];
    case 'upsampling':
    case 'averagePooling':
    case 'minibatchStdDev':
    case 'dropout':
    case 'normalization':
    case 'activation':
    case 'maxout':
    case 'reshape':
    case 'pack':
      return [];
  }
}
