/** The texts of a lab's report. */
import { createText } from '@gantry/shared/page';
import en from './locales/en.json';
import zh from './locales/zh.json';

/** By language, for the test that compares them. */
export const catalogues = { en: { lab: en }, zh: { lab: zh as unknown as typeof en } };

export const t = createText(catalogues);
