/** A report as one file: the built page, its styles and the data, all inside. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Language } from '@gantry/shared/page';

/** Nothing is loaded from anywhere, nor sent. What the pages share compiles WebAssembly, as they all may. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data:";

/** Of a run, or of a lab. */
interface Named {
  readonly name: string;
  /** null: that of whoever reads it. */
  readonly language: Language | null;
}

/** @param built - directory of the built page: report.js and report.css */
export async function composeReport(data: Named, built: string): Promise<string> {
  const [script, style] = await Promise.all(
    ['report.js', 'report.css'].map((name) => readFile(join(built, name), 'utf8')),
  );
  return `<!doctype html>
<html lang="${data.language === 'zh' ? 'zh-Hans' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escaped(data.name)} · Gantry</title>
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<noscript>${escaped(data.name)}: this report is drawn by a script inside it, which this browser does not run.</noscript>
<script type="application/json" id="data">${inScript(JSON.stringify(data))}</script>
<script type="module">${script.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`;
}

/** JSON inside a script element: no text of it may end the element. */
const inScript = (json: string): string => json.replaceAll('<', '\\u003c');

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => entities[sign]);
