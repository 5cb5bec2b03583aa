/** The pure parts of the view of samples. */
import { describe, expect, it, vi } from 'vitest';
import { mostPictureNumbers, planeSizes, thinned, type PresenterAction } from '@gantry/shared';
import { createAsker, type Answer } from '../src/dashboard/views/samples/asker.ts';
import { heatColour, heatScale } from '../src/dashboard/views/samples/heat.ts';
import { latticeOf, latticeSpots, mixAt, weightsAt } from '../src/dashboard/views/samples/mixing.ts';
import { cellOf, shareTakenForReal } from '../src/dashboard/views/samples/plane-summary.ts';
import {
  addSheets,
  choiceAt,
  placeOf,
  playInterval,
  playStride,
} from '../src/dashboard/views/samples/sheet-index.ts';
import { imageAt, sheetLayout } from '../src/samples/grid.ts';

describe('the sheets of a run', () => {
  it('are thinned, the newest last, and evenly also where they had been thinned before', () => {
    let sheets = addSheets([], [0]);
    for (let iteration = 20; iteration <= 100_000; iteration += 20) sheets = addSheets(sheets, [iteration]);
    expect(sheets.length).toBeLessThanOrEqual(1000);
    expect(sheets.length).toBeGreaterThan(400);
    expect([sheets[0], sheets.at(-1)]).toEqual([0, 100_000]);
    const again = thinned(sheets, sheets.length - 1);
    const gaps = again.slice(1, -1).map((iteration, i) => iteration - again[i]);
    expect(Math.max(...gaps) / Math.min(...gaps)).toBeLessThanOrEqual(3);
    // As many as there may be are all kept.
    const few = Array.from({ length: 1000 }, (_, i) => i);
    expect(thinned(few)).toEqual(few);
  });

  it('are each there once, also when they come again', () => {
    expect(addSheets([0, 20, 40], [20, 40, 60])).toEqual([0, 20, 40, 60]);
    const sheets = [0, 20];
    expect(addSheets(sheets, [20])).toBe(sheets);
  });

  it.each([
    ['the newest, if nothing is looked at', null, 3],
    ['the last drawn by an iteration', 59, 2],
    ['the one of the iteration itself', 40, 2],
    ['the first, before there was one', -5, 0],
    ['the last, after all', 1000, 3],
  ])('show %s', (_name, iteration, place) => {
    expect(placeOf([0, 20, 40, 60], iteration)).toBe(place);
    expect(placeOf([], iteration)).toBe(-1);
  });

  it('are followed again from the last on', () => {
    const sheets = [0, 20, 40];
    expect([-3, 0, 1, 2, 9].map((place) => choiceAt(sheets, place))).toEqual([0, 0, 20, null, null]);
    // From a choice to its place and back.
    expect(placeOf(sheets, choiceAt(sheets, 1))).toBe(1);
  });

  it('play in about 20 seconds, few of them one by one', () => {
    const seconds = (count: number): number => ((count / playStride(count)) * playInterval) / 1000;
    expect(playStride(100)).toBe(1);
    for (const count of [200, 500, 1000]) expect(Math.abs(seconds(count) - 20)).toBeLessThan(8);
  });
});

describe('an image of a sheet', () => {
  it('is found where it lies, and none in a place that stays empty', () => {
    // 7 images of 28 × 28 in 3 columns, enlarged 7 times: 197 pixels from one to the next.
    const layout = sheetLayout(7, { height: 28, width: 28 }, 0);
    expect(layout).toMatchObject({ columns: 3, rows: 3, across: 197, down: 197, width: 592, height: 592 });
    expect([imageAt(layout, 7, 5, 5), imageAt(layout, 7, 400, 5), imageAt(layout, 7, 5, 590)]).toEqual([
      0, 2, 6,
    ]);
    expect([imageAt(layout, 7, 250, 590), imageAt(layout, 7, 592, 5), imageAt(layout, 7, -1, 5)]).toEqual([null, null, null]); // prettier-ignore
  });
});

describe('weights of a handle', () => {
  it.each([
    [2, { x: 0.25, y: 0.9 }, [0.75, 0.25]],
    [3, { x: 0.5, y: 0 }, [1, 0, 0]],
    [3, { x: 1, y: 1 }, [0, 0, 1]],
    [4, { x: 0, y: 1 }, [0, 0, 1, 0]],
    [4, { x: 0.5, y: 0.5 }, [0.25, 0.25, 0.25, 0.25]],
  ])('between %i corners at %o are %o', (count, spot, weights) => {
    expect(weightsAt(count, spot)).toEqual(weights);
  });

  it('are of one corner alone at the corners of the picture of all that lies between', () => {
    const spots = latticeSpots(latticeOf(4, 784) ?? [0, 0]);
    expect(spots).toHaveLength(25);
    const corners = [0, 4, 20, 24].map((i) => mixAt([5, 6, 7, 8], spots[i]).weights);
    expect(corners).toEqual([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]); // prettier-ignore
    expect(latticeSpots(latticeOf(2, 784) ?? [0, 0]).map(({ x }) => x)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => i / 8)); // prettier-ignore
  });

  it('are of fewer samples where these are large, and of none where not even the corners fit', () => {
    const [across, down] = latticeOf(4, 128 * 128 * 3) ?? [0, 0];
    expect([across, down]).toEqual([4, 4]);
    expect(across * down * 128 * 128 * 3).toBeLessThanOrEqual(mostPictureNumbers);
    expect(latticeOf(2, mostPictureNumbers)).toBeNull();
  });
});

describe('a heat map', () => {
  it('shows probabilities where scores are logits', () => {
    const { place, ends, probability } = heatScale('non-saturating', [-9, 9]);
    expect([place(0), place(Math.log(3)), place(-Math.log(3))].map((x) => Math.round(100 * x))).toEqual([
      0, 50, -50,
    ]);
    expect([probability, ...ends]).toEqual([true, 0, 0.5, 1]);
  });

  it('spreads the scores of a critic around their middle', () => {
    const { place, ends, probability } = heatScale('wasserstein', [100, 120, 140]);
    expect([100, 120, 140, 150].map(place)).toEqual([-1, 0, 1, 1]);
    expect([probability, ...ends]).toEqual([false, 100, 120, 140]);
    // Where a loss has targets, the middle lies between them.
    expect(heatScale('least-squares', [0.4, 0.9]).place(0.5)).toBe(0);
  });

  it('is darkest where the discriminator is undecided, and of different colours on both sides', () => {
    const light = (place: number): number => heatColour(place).reduce((sum, x) => sum + x, 0);
    expect(light(0)).toBeLessThan(Math.min(light(-0.2), light(0.2)));
    const [[red, , blue], [otherRed, , otherBlue]] = [heatColour(-1), heatColour(1)];
    expect([red < blue, otherRed > otherBlue]).toEqual([true, true]);
  });

  it('says what share of points is taken for real', () => {
    const side = planeSizes.heatMap;
    // Real on the right half.
    const heatMap = Array.from({ length: side * side }, (_, cell) => (cell % side < side / 2 ? -1 : 1));
    const points: [number, number][] = [[-1.9, 0], [1.9, 1.9], [0.1, -1.9], [50, 50]]; // prettier-ignore
    expect(shareTakenForReal({ heatMap, half: 2 }, points, (score) => score > 0)).toBe(0.75);
    expect([cellOf(2, [-2, 2]), cellOf(2, [2, -2]), cellOf(2, [-9, 9])]).toEqual([0, side * side - 1, 0]);
  });
});

describe('asking for pictures', () => {
  const picture = (place: number) => ({ samples: [{ places: [place], weights: [1] }], class: null });
  const setUp = () => {
    vi.useFakeTimers();
    const sent: Extract<PresenterAction, { type: 'draw' }>[] = [];
    const got: [string, number][] = [];
    const asker = createAsker((action) => action.type === 'draw' && sent.push(action), 100);
    const ask = (purpose: string, place: number): void =>
      asker.ask(purpose, picture(place), ({ picture: { samples } }: Answer) =>
        got.push([purpose, samples[0].places[0]]),
      );
    const answer = (which: number): void =>
      asker.hear({ type: 'picture', ask: sent[which].ask, iteration: 5, pixels: 'AA==' });
    const places = (): number[] => sent.map(({ picture: { samples } }) => samples[0].places[0]);
    return { asker, ask, answer, sent, got, places };
  };

  it('asks one after another, of each purpose the newest', () => {
    const { asker, ask, answer, got, places } = setUp();
    ask('lattice', 1);
    ask('handle', 2);
    ask('handle', 3);
    ask('class', 4);
    expect(places()).toEqual([1]);
    answer(0);
    answer(1);
    expect(places()).toEqual([1, 3, 4]);
    answer(2);
    expect(got).toEqual([['lattice', 1], ['handle', 3], ['class', 4]]); // prettier-ignore
    expect(asker.state.value).toBe('idle');
  });

  it("does not take another page's picture for its own", () => {
    const { asker, ask, got } = setUp();
    ask('handle', 1);
    asker.hear({ type: 'picture', ask: 7, iteration: 5, pixels: 'AA==' });
    expect([got, asker.state.value]).toEqual([[], 'drawing']);
  });

  it('asks again for what does not come, unless something newer waits, and says that it is late', () => {
    const { asker, ask, answer, sent, got, places } = setUp();
    ask('handle', 1);
    vi.advanceTimersByTime(2000);
    expect([places(), asker.state.value]).toEqual([[1, 1], 'late']);
    expect(sent[1].ask).toBe(sent[0].ask);
    ask('handle', 2);
    vi.advanceTimersByTime(2000);
    expect(places()).toEqual([1, 1, 2]);
    answer(2);
    expect([got, asker.state.value]).toEqual([[['handle', 2]], 'idle']);
    vi.useRealTimers();
  });

  it('says where a worker could not draw it, and goes on', () => {
    const { asker, ask, sent, got, places } = setUp();
    ask('handle', 1);
    ask('class', 2);
    asker.hear({ type: 'picture', ask: sent[0].ask, iteration: 5 });
    expect([got, places(), asker.state.value]).toEqual([[], [1, 2], 'drawing']);
    vi.useRealTimers();
  });
});
