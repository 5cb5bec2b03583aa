/** Codecs by their names. */
import { gantryError } from '../errors.ts';
import type { Codec, CodecName, CodecOptions } from './codec.ts';
import { float16Format } from './float16.ts';
import { float32Format } from './float32.ts';
import { int8Format } from './int8.ts';
import { scalarCodec } from './scalar.ts';
import { scalarTopk } from './topk.ts';

/** @throws CONFIG_FIELD_INVALID for a share that `topk` cannot keep */
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

export const createCodec = createScalarCodec;

/** A zeroed array for totals. */
export const newTotal = (length: number): Float32Array<ArrayBuffer> => new Float32Array(length);
