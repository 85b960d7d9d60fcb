/** Ninety days of a studio that never was, the same each time: what the pictures of the dashboard show beside real jobs. */
import { createHash } from 'node:crypto';
import type { FinishedReview } from '../bench/fill-ledger.ts';

const STUDIO = [
  {
    repository: 'northlight/configurator',
    paths: ['public/models/chair-oak.glb', 'public/models/lamp-arc.glb', 'public/models/sofa-3-seats.glb'],
    perDay: 7,
  },
  { repository: 'northlight/storefront', paths: ['assets/shoe-trail.glb', 'assets/shoe-city.glb'], perDay: 4 },
  { repository: 'northlight/museum-tour', paths: ['scenes/hall-1.glb', 'scenes/sphinx-scan.glb'], perDay: 2 },
  {
    repository: 'tinyforge/knights',
    paths: ['characters/knight.glb', 'characters/archer.glb', 'props/chest.glb'],
    perDay: 3,
  },
] as const;
const DAYS = 90;
const DAY_MS = 86_400_000;
const WHYS = ['Chrome ended while it drew the scene', 'GitHub did not answer for 10 minutes'] as const;

/** Reviews up to the given time, in milliseconds since 1970, oldest first. */
export function studioHistory(untilMs: number): readonly FinishedReview[] {
  const reviews: FinishedReview[] = [];
  for (let day = DAYS; day >= 0; day--) {
    const startMs = Math.floor(untilMs / DAY_MS) * DAY_MS - day * DAY_MS;
    const weekday = new Date(startMs).getUTCDay();
    const isWeekend = weekday === 0 || weekday === 6;
    for (const [place, { repository, paths, perDay }] of STUDIO.entries()) {
      const grown = perDay * (0.55 + (0.9 * (DAYS - day)) / DAYS) * (isWeekend ? 0.2 : 1);
      const count = Math.round(grown * (0.7 + 0.6 * chance(`${repository} ${day}`)));
      for (let index = 0; index < count; index++) {
        const key = `${repository} ${day} ${index}`;
        const atMs = startMs + (8 + 10 * chance(`${key} at`)) * 3_600_000;
        if (atMs > untilMs) continue;
        const byteLengthBefore = Math.round(1.5e6 * 9 ** (0.4 + 1.2 * chance(`${key} size`)));
        reviews.push({
          key,
          repository,
          pullNumber: 40 * (place + 1) + (DAYS - day) * 2 + index,
          path: paths[Math.floor(paths.length * chance(`${key} path`))] ?? paths[0],
          commit: createHash('sha1').update(key).digest('hex'),
          atMs: Math.round(atMs),
          durationMs: Math.round(4000 + 26_000 * chance(`${key} time`) ** 2 + byteLengthBefore / 2500),
          byteLengthBefore,
          byteLengthAfter: Math.round(byteLengthBefore * (0.16 + 0.3 * chance(`${key} saved`))),
          isLfs: place % 2 === 0,
          failedWhy: chance(`${key} fails`) < 0.012 ? (WHYS[index % WHYS.length] ?? WHYS[0]) : null,
        });
      }
    }
  }
  return reviews.toSorted((a, b) => a.atMs - b.atMs);
}

/** 0 to 1, the same for the same text. */
function chance(text: string): number {
  return createHash('sha1').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
