/** The only door: app enters here, nobody inside src does. */
export { type Answer, readAnswer, readComparison, readInspection, writeAnswer } from './answer.ts';
export { digestOf, type LfsPointer, readGlb, readLfsPointer, writeGlb, writeLfsPointer } from './asset/glb.ts';
export { LIMIT_NOTES, LIMITS, type Limits } from './asset/limits.ts';
export { externalUris, resolveSibling } from './asset/sibling.ts';
export { HEAD_BYTES, whyNotGlb } from './asset/what-file.ts';
export { compareFiles, FILES_JOB, proposeComparison } from './compare-files.ts';
export { type Content, contentOf } from './content.ts';
export { BotError, type ErrorCode, isAboutJob, messageOf } from './errors.ts';
export type { Finding, Severity } from './finding.ts';
export { type Inspection, inspectGlb, withSiblings } from './inspection.ts';
export { CODE_SUFFIXES, LOADER_LINES, LOADER_WORDS } from './optimize/loader-code.ts';
export {
  MANIFEST_LIMIT_BYTES,
  MANIFEST_NAMES,
  resolveTarget,
} from './optimize/target.ts';
export type * from './page-ports.ts';
export {
  type Planned,
  planReview,
  publishReview,
  type ReviewOptions,
  type ReviewPorts,
  readAssignment,
  reviewChange,
} from './pipeline.ts';
export type { PolicyIssue } from './policy/check.ts';
export { keptPath } from './policy/kept-original.ts';
export { explainPattern, type Pattern, readPattern } from './policy/pattern.ts';
export {
  checkPolicy,
  type Decoder,
  POLICY_LIMIT_BYTES,
  POLICY_PATHS,
  PolicyError,
  parsePolicy,
  type Rule,
  type RuleFlags,
} from './policy/policy.ts';
export { decoderSchema, presetSchema, targetSchema } from './policy/schema.ts';
export { type Explanation, explainRule } from './policy/select.ts';
export type * from './ports.ts';
export { commentOf, commitMessageFor, type ReviewedAsset, storedGlb } from './propose.ts';
export { COMMENT_COMMANDS } from './report/comment-sections.ts';
export { commitMessageForUndo } from './report/commit-message.ts';
export { type CommentOptions, renderComment } from './report/markdown.ts';
export { readMarker, writeMarker } from './report/marker.ts';
export type { Notice, PolicyEffect } from './report/notices.ts';
export { type AssetReport, type AssetStats, type Report, readReport, writeReport } from './report/report.ts';
export {
  type BlockId,
  BYTES_BLOCK_TYPE,
  PAGE_BLOCK_ID,
  type PageModel,
  type PagePair,
  type PageStage,
  type ReportPage,
  servedPagePolicy,
} from './report/report-page.ts';
export type * from './report/service.ts';
export { renderSummary } from './report/summary-text.ts';
export { clean } from './report/text.ts';
export { type AssetTrailer, readTrailers } from './report/trailers.ts';
export { headline, isOverBudget } from './report/words.ts';
export type { AssetOptions, AssetReviewer, Assignment } from './review.ts';
export { inProcessReviewer, loadCodecs, loadReviews } from './reviewer.ts';
export type * from './service-ports.ts';
export { type Digest, formatBytes, formatCount, formatMs, formatSaved, KIB, MIB, plural } from './units.ts';
export { failedAsset, stoppedAsset } from './unread.ts';
export { TOOL } from './version.ts';
