/** The page of a lab's report: all that it shows lies in the file itself. */
import { render } from 'preact';
import { beginLanguage, language } from '@gantry/shared/page';
import type { LabReportData } from '../data.ts';
import { LabReport } from './lab-report.tsx';
// oxlint-disable-next-line import/no-unassigned-import -- the styles, which become report.css
import './lab-report.css';

const data = JSON.parse(document.getElementById('data')?.textContent ?? '') as LabReportData;
beginLanguage();
if (data.language !== null) language.value = data.language;
const root = document.getElementById('app');
if (root !== null) render(<LabReport data={data} />, root);
