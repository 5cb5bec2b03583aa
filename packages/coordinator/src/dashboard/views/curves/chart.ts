/** The chart of both losses: a faint line of every value under its smoothed course. */
import uPlot from 'uplot';
import { smooth, smoothingScale, valueRange, type LossHistory } from './history.ts';

export interface Reading {
  readonly iteration: number;
  readonly discriminator: number;
  readonly generator: number;
}

export interface LossChart {
  readonly show: (history: LossHistory) => void;
  readonly destroy: () => void;
}

/** @param pointed - told what the pointer is over; null: nothing */
export function createLossChart(host: HTMLElement, pointed: (reading: Reading | null) => void): LossChart {
  const style = getComputedStyle(host);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const fontSize = (): number => Math.round(0.9 * parseFloat(getComputedStyle(host).fontSize));
  const font = `${fontSize()}px system-ui, sans-serif`;
  let range: [number, number] = [0, 1];
  let latest: LossHistory | null = null;

  const line = (name: string, faint: boolean, dash?: number[]): uPlot.Series => ({
    stroke: colour(name),
    width: fontSize() / (faint ? 16 : 6),
    alpha: faint ? 0.28 : 1,
    points: { show: false },
    ...(dash === undefined ? {} : { dash }),
  });
  const axis = (size: number, space: number): uPlot.Axis => ({
    stroke: colour('--quiet'),
    font,
    size,
    space,
    grid: { stroke: colour('--edge'), width: 1 },
    ticks: { show: false },
  });
  const plot = new uPlot(
    {
      width: Math.max(1, host.clientWidth),
      height: Math.max(1, host.clientHeight),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: { x: { time: false }, y: { range: () => range } },
      axes: [
        {
          ...axis(fontSize() * 2.4, fontSize() * 5),
          values: (_, splits) => splits.map((value) => value.toLocaleString('en-US')),
        },
        axis(fontSize() * 3.2, fontSize() * 3),
      ],
      series: [
        {},
        line('--discriminator', true),
        line('--generator', true),
        line('--discriminator', false, [fontSize() * 0.6, fontSize() * 0.35]),
        line('--generator', false),
      ],
      hooks: {
        setCursor: [
          ({ cursor: { idx } }) => {
            pointed(
              idx === null || idx === undefined || latest === null || idx >= latest.iteration.length
                ? null
                : {
                    iteration: latest.iteration[idx],
                    discriminator: latest.discriminator[idx],
                    generator: latest.generator[idx],
                  },
            );
          },
        ],
      },
    },
    [[], [], [], [], []],
    host,
  );
  const observer = new ResizeObserver(() => {
    plot.setSize({ width: Math.max(1, host.clientWidth), height: Math.max(1, host.clientHeight) });
  });
  observer.observe(host);

  return {
    show: (history) => {
      latest = history;
      const scale = smoothingScale(history.iteration);
      const smoothed = [history.discriminator, history.generator].map((values) =>
        smooth(history.iteration, values, scale),
      );
      range = valueRange([...history.discriminator, ...history.generator], smoothed.flat());
      plot.setData([
        [...history.iteration],
        [...history.discriminator],
        [...history.generator],
        smoothed[0],
        smoothed[1],
      ]);
    },
    destroy: () => {
      observer.disconnect();
      plot.destroy();
    },
  };
}
