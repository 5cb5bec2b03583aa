/**
 * Each step brings frames of megabytes that are garbage a moment later. V8 frees such buffers with their young objects,
 * and begins with a young generation so small that most have moved on by then: one full collection every fifty steps,
 * a millisecond a step. So let the young generation grow to its full size (16 MB) at the first need.
 */
import { setFlagsFromString } from 'node:v8';

/** Call before the first frame. */
export const keepBuffersYoung = (): void => setFlagsFromString('--semi-space-growth-factor=16');
