/** A sheet's picture: an image, or the plane of 2-D data. */
import type { ComponentChildren } from 'preact';
import { sheetUrls, formatCount, type PlaneFile, type PresenterHello } from '@gantry/shared';
import { t } from '../../text.ts';
import { ImageSheet } from './image-sheet.tsx';
import { usePlane } from './plane-files.ts';
import { Measures } from './measures.tsx';
import { PlaneSheet } from './plane-sheet.tsx';
import type { Layers } from './plane-layers.ts';

interface Props {
  readonly hello: PresenterHello;
  /** Of the sheet that is shown. */
  readonly iteration: number;
  readonly layers: Layers;
  /** Whether corners of pictures are chosen in it, and shown. */
  readonly interactive: boolean;
  /** Measures of its iteration, besides its own. */
  readonly children?: ComponentChildren;
}

export function SheetPicture(props: Props) {
  const { hello, iteration } = props;
  if (hello.exampleShape.length === 1) return <PlanePicture {...props} />;
  return (
    <>
      <ImageSheet hello={hello} iteration={iteration} interactive={props.interactive} />
      {props.children !== undefined && <p class="measures">{props.children}</p>}
    </>
  );
}

function PlanePicture({ hello, iteration, layers, interactive, children }: Props) {
  const plane: PlaneFile | null = usePlane(iteration);
  if (plane === null) {
    // Of runs from before there were planes there are images.
    return (
      <div class="square">
        <img
          src={sheetUrls(iteration).image}
          alt={t('samples:image', { iteration: formatCount(iteration) })}
        />
      </div>
    );
  }
  return (
    <>
      <div class="square">
        <PlaneSheet hello={hello} plane={plane} layers={layers} interactive={interactive} />
      </div>
      <Measures plane={plane}>{children}</Measures>
    </>
  );
}
