/** What the two sides of the wall say to each other. What comes from inside is checked; what goes inside is ours. */
import * as z from 'zod';
import type { Assignment, Limits, PictureLabels, RuleFlags } from '../../src/index.ts';

/** To the inside: work, and answers to what it asked. Bytes come as the message's parts. */
export type Inward =
  /** Part 0 is the asset, part 1 the asset at the base, where there is one. */
  | {
      readonly kind: 'review';
      readonly assignment: Omit<Assignment, 'bytes' | 'base'>;
      readonly limits: Limits;
    }
  /** Part 0 is the asset. */
  | { readonly kind: 'inspect'; readonly limits: Limits }
  /** Part 0 is the asset `before`, part 1 the one `after`, which the report calls by this path. */
  | { readonly kind: 'compare'; readonly path: string; readonly flags: RuleFlags; readonly limits: Limits }
  /** `value` is what the asked function gives, without its bytes: these are the parts. */
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly message: string };

const labels = z.object({
  beforeSize: z.string().max(100),
  afterSize: z.string().max(100),
  saved: z.string().max(100),
  beforeNote: z.string().max(200),
  afterNote: z.string().max(200),
}) satisfies z.ZodType<PictureLabels>;

const id = z.int().min(0);
/** Number of the candidate; its bytes come with the first question about it. */
const candidate = z.int().min(0);

/** A question to the outside. */
export const questionSchema = z.discriminatedUnion('ask', [
  z.object({
    kind: z.literal('ask'),
    id,
    ask: z.literal('sibling'),
    of: z.enum(['asset', 'after']),
    uri: z.string().max(100_000),
  }),
  z.object({ kind: z.literal('ask'), id, ask: z.literal('open'), of: z.enum(['asset', 'base']) }),
  z.object({
    kind: z.literal('ask'),
    id,
    ask: z.literal('compare'),
    candidate,
    sizePx: z.union([z.literal(512), z.literal(1024)]),
  }),
  z.object({ kind: z.literal('ask'), id, ask: z.literal('pictures'), candidate, labels }),
  z.object({ kind: z.literal('ask'), id, ask: z.literal('clear') }),
]);

/** From the inside. */
export const outwardSchema = z.union([
  z.object({ kind: z.literal('ready') }),
  z.object({
    kind: z.literal('stage'),
    stage: z.enum(['inspecting', 'optimizing', 'comparing', 'picturing']),
    detail: z.string().max(1000),
  }),
  questionSchema,
  z.object({
    kind: z.literal('reviewed'),
    report: z.unknown(),
    hasOutput: z.boolean(),
    isProposed: z.boolean(),
    hasChangePicture: z.boolean(),
  }),
  z.object({ kind: z.literal('inspected'), inspection: z.unknown() }),
  z.object({ kind: z.literal('compared'), report: z.unknown() }),
  z.object({
    kind: z.literal('threw'),
    code: z.enum(['ASSET_REFUSED', 'FILE_UNREADABLE', 'INTERNAL']),
    at: z.string().max(1000).nullable(),
    message: z.string().max(10_000),
    isOutOfMemory: z.boolean(),
  }),
]);

/** A question to the outside. */
export type Question = z.infer<typeof questionSchema>;
/** What the inside may say. */
export type Outward = z.infer<typeof outwardSchema>;

/** Each question without what the conversation adds. */
export type Asked = Question extends infer Q ? (Q extends Question ? Omit<Q, 'kind' | 'id'> : never) : never;
