/**
 * safetensors (https://github.com/huggingface/safetensors): an 8-byte header length, a JSON header, raw
 * little-endian data. The format that PyTorch, JAX and NumPy users' tools read.
 */
import { z } from 'zod';
import { errorText, gantryError } from './errors.ts';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}
export interface SafeTensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const place = z.int().min(0);
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(place),
  data_offsets: z.tuple([place, place]),
});
const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string());

export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  // 8-byte numbers first, so that all data stays aligned.
  const entries = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  for (const [name, { shape, data }] of entries) {
    const dtype = data instanceof Float64Array ? 'F64' : 'F32';
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength);
  file.set(json, 8);
  let at = 8 + headerLength;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/** @throws SAFETENSORS_INVALID */
export function readSafetensors(file: Uint8Array): SafeTensors {
  const invalid = (reason: string) => gantryError('SAFETENSORS_INVALID', reason);
  if (file.length < 8) throw invalid(`${file.length} bytes`);
  const headerLength = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (headerLength > file.length - 8) throw invalid('the header is longer than the file');
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength)));
  } catch (error) {
    throw invalid(errorText(error));
  }
  const fitting = <T>(schema: z.ZodType<T>, value: unknown, what: string): T => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw invalid(`${what}: ${issue.path.join('.')} ${issue.message}`);
  };
  const header = fitting(headerSchema, json, 'the header');
  // A view as Uint8Array: a Node Buffer's slice shares its memory, and with it all of its pool.
  const data = new Uint8Array(
    file.buffer,
    file.byteOffset + 8 + headerLength,
    file.length - 8 - headerLength,
  );
  const tensors = new Map<string, Tensor>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = fitting(metadataSchema, value, 'the metadata');
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = fitting(entrySchema, value, `tensor ${name}`);
    const width = dtype === 'F32' ? 4 : dtype === 'F64' ? 8 : 0;
    if (width === 0) throw invalid(`tensor ${name} has type ${dtype}; F32 and F64 are read`);
    const [begin, end] = offsets;
    const size = shape.reduce((product, d) => product * d, 1);
    if (end - begin !== size * width || end > data.length) {
      throw invalid(`tensor ${name} does not fit its place in the file`);
    }
    const bytes = data.slice(begin, end).buffer;
    tensors.set(name, { shape, data: width === 4 ? new Float32Array(bytes) : new Float64Array(bytes) });
  }
  return { tensors, metadata };
}
