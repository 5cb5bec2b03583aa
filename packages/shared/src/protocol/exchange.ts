/**
 * The payloads of an exchange of batch-norm statistics: float32 [groups, 2, channels], mean and M2 or S1 and S2. Up, as
 * `contribution`, one for each block of the lease; down, as `merged`, one for the global batch and for everybody.
 */
import type { PhaseName } from '../config.ts';
import { floatsAt, headerBytes, newFrame, sealFrame } from './frame.ts';

/** @param merged - what `exchange` came to */
export function mergedFrame(
  merged: Float32Array,
  place: {
    readonly incarnation: number;
    readonly version: number;
    readonly phase: PhaseName;
    readonly exchange: number;
  },
): Uint8Array<ArrayBuffer> {
  const { incarnation, version, phase, exchange: count } = place;
  const frame = newFrame(
    { kind: 'merged', codec: 'float32', incarnation, lease: 0, version, phase, count, replica: 0 },
    4 * merged.length,
  );
  floatsAt(frame, headerBytes, merged.length).set(merged);
  return sealFrame(frame);
}
