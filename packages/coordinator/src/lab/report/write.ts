/** Writes a lab's report beside its cells. */
import { join } from 'node:path';
import { builtPage } from '../../pages/build.ts';
import { composeReport } from '../../report/compose.ts';
import { writeWhole } from '../../run/files.ts';
import type { LabResult } from '../lab.ts';
import { collectLabReport, type LabPlace } from './collect.ts';

/** @param told - of what takes long @returns the file */
export async function writeLabReport(
  lab: LabResult,
  place: LabPlace,
  told: (line: string) => void,
): Promise<string> {
  const built = await builtPage('labReport', told);
  const file = join(place.folder, 'report.html');
  await writeWhole(file, await composeReport(await collectLabReport(lab, place), built));
  return file;
}
