/** What the pages of this house share. For browsers only. */
export { Identity, identityColour, identityOf } from './identity.tsx';
export { LanguagePicker } from './language-picker.tsx';
export { browserMemory, guardedMemory, tabMemory } from './memory.ts';
export {
  beginLanguage,
  chooseLanguage,
  createText,
  language,
  languages,
  setLanguage,
  type Catalogue,
  type KeyOf,
  type Language,
  type Values,
} from './text.ts';
