/** Times as people say them. */
import { el } from '../dom.ts';

/** A time as people say it, with the exact one as tooltip. */
export function timeOf(iso: string): HTMLElement {
  const date = new Date(iso);
  const exact = Number.isNaN(date.getTime()) ? iso : date.toLocaleString();
  return el('time', { datetime: iso, title: exact }, agoOf(Date.now() - date.getTime()) ?? exact);
}

function agoOf(elapsedMs: number): string | null {
  const minutes = Math.floor(elapsedMs / 60_000);
  if (!(minutes >= 0)) return null;
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return minutes < 30 * 24 * 60 ? `${Math.floor(minutes / (24 * 60))} d ago` : null;
}
