/**
 * A graphics processor can be reset under a page's feet. TensorFlow.js does not notice (tensorflow/tfjs#756):
 * what is computed afterwards is garbage, or never comes.
 */
import * as tf from './tf.ts';
import type { BackendName } from './types.ts';

/** The part of TensorFlow.js's WebGL backend that leads to its canvas. */
interface WebglBackend {
  readonly gpgpu?: { readonly gl?: WebGL2RenderingContext };
}

const context = (): WebGL2RenderingContext | undefined => (tf.backend() as WebglBackend).gpgpu?.gl;

/** Whether the present backend's WebGL context is lost: what it gave since may be garbage. */
export const isContextLost = (backend: BackendName): boolean =>
  backend === 'webgl' && (context()?.isContextLost() ?? false);

/** Resolves when the present backend has lost its WebGL context; never for other backends. */
export function contextLost(backend: BackendName): Promise<void> {
  return new Promise((resolve) => {
    if (backend !== 'webgl') return;
    if (isContextLost(backend)) resolve();
    context()?.canvas.addEventListener('webglcontextlost', () => resolve(), { once: true });
  });
}
