/** A worker's identity on the page: a colour and a shape, so that neither eyes nor projectors need to tell colours apart. */

/** Okabe and Ito's palette (2008), lightened for a dark ground. */
const colours = ['#56b4e9', '#e69f00', '#2fc49a', '#f0e442', '#6f9bff', '#f07f3c', '#e08bbf', '#c9d1d9'];
/** Outlines in a square from 0 to 16. Seven, so that with eight colours the pair repeats only after 56 workers. */
const shapes = [
  'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z',
  'M2 2h12v12H2z',
  'M8 1.2 15.2 14H.8z',
  'M8 .6 15.4 8 8 15.4.6 8z',
  'M5.5 1h5v4.5H15v5h-4.5V15h-5v-4.5H1v-5h4.5z',
  'M.8 2h14.4L8 14.8z',
  'M8 .8 14.6 4.6v6.8L8 15.2 1.4 11.4V4.6z',
];

/** Which of the colours and of the shapes are a worker's: catalogues have words for them, by these numbers. */
export const identityOf = (worker: number): { readonly colour: number; readonly shape: number } => ({
  colour: worker % colours.length,
  shape: worker % shapes.length,
});

/** For what is drawn of a worker beside its mark: as in CSS. */
export const identityColour = (worker: number): string => colours[identityOf(worker).colour];

export function Identity({ worker }: { readonly worker: number }) {
  const { shape } = identityOf(worker);
  return (
    <svg class="identity" viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[shape]} fill={identityColour(worker)} />
    </svg>
  );
}
