/**
 * TensorBoard's events as protocol buffers, as far as scalars and images go. Field numbers are those of `event.proto` and
 * `summary.proto` of TensorFlow.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export interface ImageValue {
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
}

export type EventValue = { readonly tag: string } & (
  { readonly scalar: number } | { readonly image: ImageValue }
);

/** @param seconds - since 1970 */
export function summaryEvent(seconds: number, step: number, values: readonly EventValue[]): Uint8Array {
  const summary = new BinaryWriter();
  for (const value of values) summary.tag(1, WireType.LengthDelimited).bytes(valueMessage(value));
  return event(seconds, step).tag(5, WireType.LengthDelimited).bytes(summary.finish()).finish();
}

/** What every file begins with. */
export const versionEvent = (seconds: number): Uint8Array =>
  event(seconds, 0).tag(3, WireType.LengthDelimited).string('brain.Event:2').finish();

/** Says that the run goes on from this step: what earlier files have beyond it came to nothing. */
export function restartEvent(seconds: number, step: number): Uint8Array {
  const started = new BinaryWriter().tag(1, WireType.Varint).int32(1).finish();
  return event(seconds, step).tag(7, WireType.LengthDelimited).bytes(started).finish();
}

const event = (seconds: number, step: number): BinaryWriter =>
  new BinaryWriter().tag(1, WireType.Bit64).double(seconds).tag(2, WireType.Varint).int64(step);

function valueMessage(value: EventValue): Uint8Array {
  const message = new BinaryWriter().tag(1, WireType.LengthDelimited).string(value.tag);
  if ('scalar' in value) return message.tag(2, WireType.Bit32).float(value.scalar).finish();
  const { width, height, png } = value.image;
  const image = new BinaryWriter();
  image.tag(1, WireType.Varint).int32(height).tag(2, WireType.Varint).int32(width);
  // 3: RGB
  image.tag(3, WireType.Varint).int32(3).tag(4, WireType.LengthDelimited).bytes(png);
  return message.tag(4, WireType.LengthDelimited).bytes(image.finish()).finish();
}
