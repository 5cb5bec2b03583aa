/** Codecs by their names. */
import { gantryError } from '../errors.ts';
import type { Codec, CodecName, CodecOptions } from './codec.ts';
import { float16Format } from './float16.ts';
import { float32Format } from './float32.ts';
import { int8Format } from './int8.ts';
import { sharedWorkspace } from './kernels.ts';
import { scalarCodec } from './scalar.ts';
import { simdTopk } from './simd-topk.ts';
import { simdFloat16, simdFloat32, simdInt8 } from './simd.ts';
import { scalarTopk } from './topk.ts';

/**
 * The codec in plain TypeScript.
 *
 * @throws CONFIG_FIELD_INVALID for a share that `topk` cannot keep
 */
export function createScalarCodec(name: CodecName, { topkShare }: CodecOptions): Codec {
  switch (name) {
    case 'float32':
      return scalarCodec(float32Format);
    case 'float16':
      return scalarCodec(float16Format);
    case 'int8':
      return scalarCodec(int8Format);
    case 'topk':
      if (!(topkShare > 0 && topkShare <= 1)) {
        throw gantryError(
          'CONFIG_FIELD_INVALID',
          'codec.topkShare',
          topkShare,
          'expected above 0, at most 1',
        );
      }
      return scalarTopk(topkShare);
  }
}

/**
 * The codec with SIMD where there is any: the same bits, faster.
 *
 * @throws CONFIG_FIELD_INVALID for a share that `topk` cannot keep
 */
export function createCodec(name: CodecName, options: CodecOptions): Codec {
  const scalar = createScalarCodec(name, options);
  if (sharedWorkspace === null) return scalar;
  switch (name) {
    case 'float32':
      return simdFloat32(sharedWorkspace);
    case 'float16':
      return simdFloat16(sharedWorkspace);
    case 'int8':
      return simdInt8(sharedWorkspace);
    case 'topk':
      return simdTopk(options.topkShare, sharedWorkspace);
  }
}
