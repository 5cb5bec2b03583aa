/**
 * A graphics processor can be reset under a page's feet. TensorFlow.js does not notice (tensorflow/tfjs#756): what is
 * read back afterwards is zeros, or never comes. It asks the browser to restore the context, which may then say that it
 * is not lost, and still holds nothing of what was computed on it: so a loss is remembered.
 */
import { gantryError } from '@gantry/shared';
import * as tf from './tf.ts';

/** The part of TensorFlow.js's WebGL backend that leads to its context. */
interface WebglBackend {
  readonly gpgpu?: { readonly gl?: WebGL2RenderingContext };
}

const everLost = new WeakSet<WebGL2RenderingContext>();

/** Of the present backend; undefined for those that have none. */
const context = (): WebGL2RenderingContext | undefined => (tf.backend() as WebglBackend).gpgpu?.gl;

/** Resolves when the present backend has lost its WebGL context; never for other backends. */
export function contextLost(): Promise<void> {
  const gl = context();
  return new Promise((resolve) => {
    if (gl === undefined) return;
    const lost = (): void => {
      everLost.add(gl);
      resolve();
    };
    if (gl.isContextLost()) lost();
    else gl.canvas.addEventListener('webglcontextlost', lost, { once: true });
  });
}

/**
 * Call before reading back.
 *
 * @returns to be called with the numbers in hand, before anything is made of them: the event of a loss comes later.
 *   @throws CONTEXT_LOST
 */
export function watchContext(): () => void {
  const gl = context();
  return () => {
    if (gl !== undefined && (everLost.has(gl) || gl.isContextLost())) throw gantryError('CONTEXT_LOST');
  };
}
