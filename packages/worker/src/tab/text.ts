/** The texts of the tab. */
import { createText, type KeyOf } from '@gantry/shared/page';
import enErrors from './locales/en/errors.json';
import enMachine from './locales/en/machine.json';
import enPage from './locales/en/page.json';
import enState from './locales/en/state.json';
import zhErrors from './locales/zh/errors.json';
import zhMachine from './locales/zh/machine.json';
import zhPage from './locales/zh/page.json';
import zhState from './locales/zh/state.json';

const en = { errors: enErrors, machine: enMachine, page: enPage, state: enState };
const zh: Record<keyof typeof en, object> = {
  errors: zhErrors,
  machine: zhMachine,
  page: zhPage,
  state: zhState,
};

/** By language, for the test that compares them. */
export const catalogues = { en, zh: zh as unknown as typeof en };

export const t = createText(catalogues);
export type TextKey = KeyOf<typeof en>;

/** The registry's codes that the catalogues have a text for: those that a pupil may meet. */
export type ErrorWithText = keyof typeof enErrors;

export const hasText = (code: string): code is ErrorWithText => Object.hasOwn(enErrors, code);
