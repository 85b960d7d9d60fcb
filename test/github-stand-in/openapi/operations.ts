/** The operations and webhooks that the stand-in knows from GitHub's own description; `scripts/extract-openapi.ts` reads this. */

const REPO = '/repos/{owner}/{repo}';

/** `METHOD /path`, exactly as GitHub's OpenAPI description names them. */
export const OPERATIONS: readonly string[] = [
  ...['GET /meta', 'GET /rate_limit', 'GET /app', 'GET /apps/{app_slug}', 'GET /users/{username}'],
  ...['GET /app/installations', 'GET /app/installations/{installation_id}'],
  ...['POST /app/installations/{installation_id}/access_tokens', 'DELETE /installation/token'],
  ...['GET /app/hook/config', 'PATCH /app/hook/config', 'GET /app/hook/deliveries'],
  ...['GET /app/hook/deliveries/{delivery_id}', 'POST /app/hook/deliveries/{delivery_id}/attempts'],
  ...['POST /app-manifests/{code}/conversions', 'GET /installation/repositories', 'GET /user'],
  ...['GET /user/installations', 'GET /user/installations/{installation_id}/repositories'],
  ...['GET /orgs/{org}/installation', 'GET /users/{username}/installation'],
  ...[`GET ${REPO}`, `GET ${REPO}/installation`, `GET ${REPO}/collaborators/{username}/permission`],
  ...[`GET ${REPO}/contents/{path}`, `PUT ${REPO}/contents/{path}`],
  ...[`POST ${REPO}/git/blobs`, `GET ${REPO}/git/blobs/{file_sha}`],
  ...[`POST ${REPO}/git/trees`, `GET ${REPO}/git/trees/{tree_sha}`],
  ...[`POST ${REPO}/git/commits`, `GET ${REPO}/git/commits/{commit_sha}`],
  ...[`POST ${REPO}/git/refs`, `GET ${REPO}/git/ref/{ref}`, `GET ${REPO}/git/matching-refs/{ref}`],
  ...[`PATCH ${REPO}/git/refs/{ref}`, `DELETE ${REPO}/git/refs/{ref}`],
  ...[`GET ${REPO}/branches`, `GET ${REPO}/branches/{branch}`, `GET ${REPO}/compare/{basehead}`],
  ...[`GET ${REPO}/commits`, `GET ${REPO}/commits/{ref}`, `GET ${REPO}/commits/{commit_sha}/pulls`],
  ...[`GET ${REPO}/commits/{ref}/check-runs`, `GET ${REPO}/commits/{ref}/check-suites`],
  ...[`GET ${REPO}/commits/{ref}/statuses`, `GET ${REPO}/commits/{ref}/status`, `POST ${REPO}/statuses/{sha}`],
  ...[`GET ${REPO}/pulls`, `POST ${REPO}/pulls`, `GET ${REPO}/pulls/{pull_number}`],
  ...[`PATCH ${REPO}/pulls/{pull_number}`, `GET ${REPO}/pulls/{pull_number}/files`],
  ...[`GET ${REPO}/pulls/{pull_number}/commits`],
  ...[`GET ${REPO}/issues/{issue_number}`, `GET ${REPO}/issues/{issue_number}/comments`],
  ...[`POST ${REPO}/issues/{issue_number}/comments`, `GET ${REPO}/issues/comments/{comment_id}`],
  ...[`PATCH ${REPO}/issues/comments/{comment_id}`, `DELETE ${REPO}/issues/comments/{comment_id}`],
  ...[`GET ${REPO}/issues/comments/{comment_id}/reactions`, `POST ${REPO}/issues/comments/{comment_id}/reactions`],
  ...[`DELETE ${REPO}/issues/comments/{comment_id}/reactions/{reaction_id}`],
  ...[`GET ${REPO}/issues/{issue_number}/labels`, `POST ${REPO}/issues/{issue_number}/labels`],
  ...[`DELETE ${REPO}/issues/{issue_number}/labels/{name}`],
  ...[`POST ${REPO}/check-runs`, `GET ${REPO}/check-runs/{check_run_id}`, `PATCH ${REPO}/check-runs/{check_run_id}`],
  ...[`GET ${REPO}/check-runs/{check_run_id}/annotations`, `POST ${REPO}/check-runs/{check_run_id}/rerequest`],
  ...[`GET ${REPO}/check-suites/{check_suite_id}`, `POST ${REPO}/check-suites/{check_suite_id}/rerequest`],
];

/** Webhooks whose payloads are checked, as `x-webhooks` of the description names them. */
export const WEBHOOKS: readonly string[] = [
  ...['pull-request-opened', 'pull-request-synchronize', 'pull-request-reopened', 'pull-request-closed'],
  ...['pull-request-ready-for-review', 'pull-request-edited', 'pull-request-converted-to-draft'],
  ...['issue-comment-created', 'issue-comment-edited', 'issue-comment-deleted', 'push'],
  ...['check-run-created', 'check-run-completed', 'check-run-rerequested', 'check-run-requested-action'],
  ...['check-suite-requested', 'check-suite-rerequested', 'installation-created', 'installation-deleted'],
  ...['installation-repositories-added', 'installation-repositories-removed', 'merge-group-checks-requested'],
];

/** What the stand-in serves besides, because GitHub's description does not cover it; README.md says how it is known instead. */
export const OUTSIDE: readonly string[] = ['POST /graphql'];
