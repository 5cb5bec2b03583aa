/** The texts of a report. */
import { createText } from '@gantry/shared/page';
import en from './locales/en.json';
import zh from './locales/zh.json';

/** By language, for the test that compares them. */
export const catalogues = { en: { report: en }, zh: { report: zh as unknown as typeof en } };

export const t = createText(catalogues);
