/** A report's page: all that it shows lies in the file itself. */
import { render } from 'preact';
import { beginLanguage, language } from '@gantry/shared/page';
import type { ReportData } from '../data.ts';
import { Report } from './report.tsx';
// oxlint-disable-next-line import/no-unassigned-import -- the styles, which become report.css
import './report.css';

const data = JSON.parse(document.getElementById('data')?.textContent ?? '') as ReportData;
beginLanguage();
if (data.language !== null) language.value = data.language;
const root = document.getElementById('app');
if (root !== null) render(<Report data={data} />, root);
