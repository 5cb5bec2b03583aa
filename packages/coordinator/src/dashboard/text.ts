/** The texts of the presenter's page. */
import { createText, type KeyOf } from '@gantry/shared/page';
import enCommon from './locales/en/common.json';
import enControl from './locales/en/control.json';
import enCurves from './locales/en/curves.json';
import enLobby from './locales/en/lobby.json';
import enNow from './locales/en/now.json';
import enSamples from './locales/en/samples.json';
import enShare from './locales/en/share.json';
import zhCommon from './locales/zh/common.json';
import zhControl from './locales/zh/control.json';
import zhCurves from './locales/zh/curves.json';
import zhLobby from './locales/zh/lobby.json';
import zhNow from './locales/zh/now.json';
import zhSamples from './locales/zh/samples.json';
import zhShare from './locales/zh/share.json';

const en = {
  common: enCommon,
  control: enControl,
  curves: enCurves,
  lobby: enLobby,
  now: enNow,
  samples: enSamples,
  share: enShare,
};
const zh: Record<keyof typeof en, object> = {
  common: zhCommon,
  control: zhControl,
  curves: zhCurves,
  lobby: zhLobby,
  now: zhNow,
  samples: zhSamples,
  share: zhShare,
};

/** By language, for the test that compares them. */
export const catalogues = { en, zh: zh as unknown as typeof en };

export const t = createText(catalogues);
export type TextKey = KeyOf<typeof en>;

/** The registry's codes that there is a text for where an action was refused; English sentences have the details. */
export type RefusedWithText = Exclude<keyof typeof enControl.refused, 'other'>;

export const hasText = (code: string): code is RefusedWithText =>
  code !== 'other' && Object.hasOwn(enControl.refused, code);
