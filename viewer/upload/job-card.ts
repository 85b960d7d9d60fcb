/** A job as it goes: where in the queue, which step, and what came of each file. */
import type { WebAsset, WebJob } from '../../src/report/service.ts';
import { formatBytes, formatMs, formatSaved, plural } from '../../src/units.ts';
import { el, icon } from '../dom.ts';
import { VERDICTS } from '../words.ts';

const STAGES = [
  ['reading', 'Read'],
  ['inspecting', 'Inspect'],
  ['optimizing', 'Optimize'],
  ['comparing', 'Compare'],
  ['picturing', 'Picture'],
] as const;

/** The card of one state; made anew for each. */
export function jobCard(job: WebJob): HTMLElement {
  return el('section', { class: 'card job' }, headOf(job), ...job.assets.map((asset) => assetRow(asset, job)));
}

function headOf(job: WebJob): HTMLElement {
  const before = job.assets.reduce((sum, { byteLengthBefore }) => sum + byteLengthBefore, 0);
  const title = {
    queued: job.queuePosition === null ? 'Waiting' : `Number ${job.queuePosition} in the queue`,
    running: `Working on ${plural(job.assets.length, 'file')}`,
    done: job.savedBytes > 0 ? `${formatBytes(job.savedBytes)} saved` : 'Nothing to save',
    failed: 'This did not work',
  }[job.status];
  const saved = job.status === 'done' && job.savedBytes > 0 && before > 0;
  const links = el('div', { class: 'job-links' });
  if (job.compareUrl !== null) {
    links.append(
      el('a', { class: 'button button-main', href: job.compareUrl }, icon('slider'), 'Compare before and after'),
    );
  }
  if (job.downloadUrl !== null) {
    links.append(el('a', { class: 'button', href: job.downloadUrl, download: '' }, icon('download'), 'Download all'));
  }
  return el(
    'header',
    { class: 'job-head' },
    el(
      'div',
      { role: 'status' },
      el(
        'h2',
        {},
        title,
        saved ? el('span', { class: 'tone-good' }, ` ${formatSaved(job.savedBytes / before)}`) : null,
      ),
      el('p', { class: 'quiet' }, aboutOf(job)),
    ),
    links,
  );
}

function aboutOf({ status, why, durationMs, expiresAt }: WebJob): string {
  const parts = [why];
  if (durationMs !== null && status === 'done') parts.push(`took ${formatMs(durationMs)}`);
  if (expiresAt !== null) parts.push(`kept until ${new Date(expiresAt).toLocaleString()}`);
  return parts.filter((part) => part !== '').join(' · ');
}

function assetRow(asset: WebAsset, job: WebJob): HTMLElement {
  const { verdict, byteLengthBefore, byteLengthAfter } = asset;
  const sizes =
    byteLengthAfter === null
      ? formatBytes(byteLengthBefore)
      : `${formatBytes(byteLengthBefore)} → ${formatBytes(byteLengthAfter)}`;
  const known = verdict === null ? null : VERDICTS[verdict];
  const saved =
    byteLengthAfter === null || byteLengthBefore === 0 ? null : formatSaved(1 - byteLengthAfter / byteLengthBefore);
  return el(
    'article',
    { class: 'job-asset' },
    el(
      'div',
      { class: 'job-asset-head' },
      el('h3', {}, asset.path),
      known ? el('span', { class: `badge badge-${known.tone}` }, known.word) : null,
      el('span', { class: 'quiet' }, sizes),
      saved === null ? null : el('b', { class: saved.startsWith('−') ? 'tone-good' : 'tone-quiet' }, saved),
      asset.downloadUrl === null
        ? null
        : el(
            'a',
            { class: 'button', href: asset.downloadUrl, download: '', 'aria-label': `Download ${asset.path}` },
            icon('download'),
            'Download',
          ),
    ),
    verdict === null && job.status !== 'failed' ? stagesOf(asset) : null,
    asset.why === '' || verdict === 'improved' ? null : el('p', { class: 'quiet' }, asset.why),
    asset.pictureUrl === null ? null : pictureOf(asset.pictureUrl, asset.path),
  );
}

function stagesOf({ stage, detail }: WebAsset): HTMLElement {
  const at = STAGES.findIndex(([name]) => name === stage);
  const list = el('ol', { class: 'stages' });
  for (const [index, [, word]] of STAGES.entries()) {
    const state = index < at ? 'past' : index === at ? 'now' : 'next';
    list.append(el('li', { class: `stage-${state}`, 'aria-current': state === 'now' ? 'step' : null }, word));
  }
  return el(
    'div',
    { class: 'stages-wrap' },
    list,
    el('p', { class: 'quiet small' }, detail || (at < 0 ? 'Waiting' : '')),
  );
}

function pictureOf(url: string, path: string): HTMLElement {
  const image = el('img', {
    src: url,
    alt: `${path}: before, after and difference`,
    class: 'job-picture',
    loading: 'lazy',
  });
  // Holds its place until it is there.
  image.style.aspectRatio = '1668 / 544';
  return image;
}
