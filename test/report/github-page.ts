/** A comment as GitHub shows it, near enough to look at: its Markdown, its colours in light and dark, its width. */
import { renderGfm } from './render-gfm.ts';

const ALERTS: Readonly<Record<string, string>> = { NOTE: 'Note', WARNING: 'Warning', CAUTION: 'Caution' };

/** The page; dark where the reader's system is. */
export function gitHubPage(markdown: string): string {
  const body = renderGfm(markdown).replace(
    /<blockquote>\s*<p>\[!(NOTE|WARNING|CAUTION)\]\s*/g,
    (_all, kind: string) => `<blockquote class="alert ${kind.toLowerCase()}"><p class="kind">${ALERTS[kind]}</p><p>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>comment</title><style>${STYLE}</style>
<article>${body}</article></html>`;
}

// Primer's values. [github.com/primer/primitives]
const STYLE = `
:root { color-scheme: light dark; --fg: #1f2328; --bg: #fff; --soft: #f6f8fa; --line: #d1d9e0; --mute: #59636e;
  --link: #0969da; --note: #0969da; --warning: #9a6700; --caution: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --fg: #f0f6fc; --bg: #0d1117; --soft: #151b23; --line: #3d444d;
  --mute: #9198a1; --link: #4493f8; --note: #1f6feb; --warning: #9e6a03; --caution: #da3633; } }
body { background: var(--bg); color: var(--fg); font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, sans-serif; }
a { color: var(--link); }
article { width: 860px; margin: 24px auto; border: 1px solid var(--line); border-radius: 6px; padding: 16px; }
h2, h3, h4 { margin: 24px 0 16px; line-height: 1.25; } h2 { font-size: 21px; border-bottom: 1px solid var(--line);
  padding-bottom: 6px; margin-top: 0 } h3 { font-size: 17.5px } h4 { font-size: 14px }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto; }
th, td { border: 1px solid var(--line); padding: 6px 13px; } tr:nth-child(2n) { background: var(--soft); }
code { background: var(--soft); padding: .2em .4em; border-radius: 6px; font: 85% ui-monospace, Menlo, monospace; }
pre { background: var(--soft); padding: 16px; border-radius: 6px; overflow: auto } pre code { padding: 0 }
img { max-width: 100%; } details { margin: 16px 0; } summary { cursor: pointer; } sub { color: var(--mute); }
blockquote { margin: 0 0 16px; padding: 0 1em; border-left: .25em solid var(--line); color: var(--mute); }
.alert { color: inherit; padding: 8px 16px; } .alert .kind { font-weight: 500; margin: 0 0 8px; }
.note { border-color: var(--note) } .note .kind { color: var(--note) } .warning { border-color: var(--warning) }
.warning .kind { color: var(--warning) } .caution { border-color: var(--caution) } .caution .kind { color: var(--caution) }
`;
