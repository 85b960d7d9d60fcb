/** What we measured against a budget -> findings. */
import { type Finding, finding } from '../finding.ts';
import { formatBytes, formatCount } from '../units.ts';
import type { Budget } from './policy.ts';

/** The measured numbers that a budget can limit; `AssetStats` has them. */
export interface BudgetedStats {
  readonly byteLength: number;
  readonly gpuByteLength: number;
  readonly triangleCount: number;
  readonly drawCallCount: number;
}

/** One image of an asset: its JSON pointer, such as `/images/2`, and its size. */
export interface ImageSize {
  readonly pointer: string;
  readonly widthPx: number;
  readonly heightPx: number;
}

const LIMITS = [
  ['byteLength', 'file size', formatBytes, (value: number) => `${formatCount(value)} B`],
  ['gpuByteLength', 'GPU memory', formatBytes, (value: number) => `${formatCount(value)} B`],
  ['triangleCount', 'triangles', formatCount, formatCount],
  ['drawCallCount', 'draw calls', formatCount, formatCount],
] as const;

/** Every limit that is exceeded, an error each; textures one by one, the largest first. */
export function checkBudget(stats: BudgetedStats, images: readonly ImageSize[], budget: Budget): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [key, noun, short, exact] of LIMITS) {
    const limit = budget[key];
    const value = stats[key];
    if (limit === undefined || value <= limit) continue;
    // One byte over 5 MB is not "5.00 MB, the budget is 5.00 MB".
    const format = short(value) === short(limit) ? exact : short;
    findings.push(finding('BUDGET_EXCEEDED', '', `${noun}: ${format(value)}, the budget is ${format(limit)}`));
  }
  const { textureSize } = budget;
  if (textureSize === undefined) return findings;
  const edge = ({ widthPx, heightPx }: ImageSize) => Math.max(widthPx, heightPx);
  const over = images.filter((image) => edge(image) > textureSize).sort((a, b) => edge(b) - edge(a));
  for (const { pointer, widthPx, heightPx } of over) {
    const message = `texture: ${widthPx} × ${heightPx} px, the budget is ${textureSize} px on the longer edge`;
    findings.push(finding('TEXTURE_OVER_BUDGET', pointer, message));
  }
  return findings;
}
