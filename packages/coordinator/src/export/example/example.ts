/**
 * An example of what to do with an exported generator: it loads model.json, draws latent vectors from a seed, and shows
 * what the generator makes of them. Nothing here is needed but TensorFlow.js; start from it.
 */
import type * as TensorFlow from '@tensorflow/tfjs';
import type { GeneratorFacts } from '../generator.ts';
import { latentsOf } from './latents.ts';
import { drawImages, drawPoints } from './draw.ts';
import en from './locales/en.json';
import zh from './locales/zh.json';

/** From tf.min.js, which the page loads first. */
declare const tf: typeof TensorFlow;

const chinese = navigator.language.startsWith('zh');
const words = chinese ? zh : en;
document.documentElement.lang = chinese ? 'zh-CN' : 'en';

const text = (name: keyof typeof en, values: Readonly<Record<string, string | number>> = {}): string =>
  words[name].replaceAll(/\{(\w+)\}/g, (_, key: string) => String(values[key]));

/** An element of this page. */
const at = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const seed = at('seed') as HTMLInputElement;
const chosen = at('class') as HTMLSelectElement;
const canvas = at('samples') as HTMLCanvasElement;

function label(): void {
  document.title = text('title');
  for (const id of ['title', 'draw', 'another'] as const) at(id).textContent = text(id);
  at('seed-label').textContent = text('seed');
  at('class-label').textContent = text('class');
  at('status').textContent = text('loading');
}

/** Examples of a page: more points than images, which are larger. */
const countOf = ({ example }: GeneratorFacts): number => (example.length === 1 ? 2000 : 64);

/** Class of each example; the first choice draws each in turn. */
function classesOf({ classes }: GeneratorFacts, count: number): number[] {
  const choice = Number(chosen.value);
  return Array.from({ length: count }, (_, i) => (choice < 0 ? i % classes.length : choice));
}

/** Each class in a column of its own, where each is drawn in turn. */
const columnsOf = ({ classes }: GeneratorFacts): number =>
  classes.length > 0 && Number(chosen.value) < 0 ? classes.length : 8;

async function draw(model: TensorFlow.LayersModel, facts: GeneratorFacts): Promise<void> {
  const began = performance.now();
  const count = countOf(facts);
  const number = seed.valueAsNumber;
  const output = tf.tidy(() => {
    const latents = tf.tensor2d(latentsOf(number, count, facts.latent), [count, facts.latent]);
    // A generator that is told classes has a second input: their numbers.
    const inputs =
      facts.classes.length > 0
        ? [latents, tf.tensor2d(classesOf(facts, count), [count, 1], 'int32')]
        : latents;
    return model.predict(inputs) as TensorFlow.Tensor;
  });
  const examples = (await output.data()) as Float32Array;
  output.dispose();
  if (facts.example.length === 1) drawPoints(canvas, examples);
  else drawImages(canvas, examples, facts.example, columnsOf(facts));
  canvas.setAttribute('aria-label', text('samples', { count }));
  const milliseconds = Math.round(performance.now() - began);
  at('status').textContent = text('drawn', { count, seed: number, milliseconds, backend: tf.getBackend() });
}

async function begin(): Promise<void> {
  label();
  const model = await tf.loadLayersModel('./model.json');
  // As Gantry wrote it.
  const facts = model.getUserDefinedMetadata() as GeneratorFacts;
  const { preset, iteration, seed: ofRun } = facts;
  at('facts').textContent = text('facts', { preset, iteration, seed: ofRun });
  seed.value = String(ofRun);
  chosen.append(
    new Option(text('everyClass'), '-1'),
    ...facts.classes.map((name, i) => new Option(name, String(i))),
  );
  at('class-field').hidden = facts.classes.length === 0;
  const redraw = (): void => void draw(model, facts).catch(failed);
  at('form').addEventListener('submit', (event) => {
    event.preventDefault();
    redraw();
  });
  chosen.addEventListener('change', redraw);
  at('another').addEventListener('click', () => {
    seed.value = String(Math.floor(Math.random() * 2 ** 32));
    redraw();
  });
  for (const id of ['draw', 'another']) (at(id) as HTMLButtonElement).disabled = false;
  await draw(model, facts);
}

function failed(error: unknown): void {
  at('status').textContent = text('failed', {
    reason: error instanceof Error ? error.message : String(error),
  });
}

begin().catch(failed);
