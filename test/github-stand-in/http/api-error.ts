/** Answers that are errors, with bodies as GitHub writes them. */

/** Thrown by a handler; becomes the answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    extra: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.extra = extra;
    this.headers = headers;
  }

  /** The body, as GitHub's API has it. */
  get body(): Readonly<Record<string, unknown>> {
    const documentation = { documentation_url: 'https://docs.github.com/rest', status: String(this.status) };
    return { message: this.message, ...this.extra, ...documentation };
  }
}

/** 404, also for what the caller may not know of. */
export function notFound(): ApiError {
  return new ApiError(404, 'Not Found');
}

/** 403 for an installation token whose permissions do not suffice; `accepted` names what would, such as `contents=write`. */
export function notByIntegration(accepted?: string): ApiError {
  const headers: Record<string, string> = accepted === undefined ? {} : { 'x-accepted-github-permissions': accepted };
  return new ApiError(403, 'Resource not accessible by integration', {}, headers);
}

/** 422 with one entry in `errors`, as GitHub's validation gives it. */
export function invalid(resource: string, field: string, code: string, message?: string): ApiError {
  return new ApiError(422, 'Validation Failed', {
    errors: [{ resource, field, code, ...(message === undefined ? {} : { message }) }],
  });
}

/** 422 with a sentence. */
export function unprocessable(message: string): ApiError {
  return new ApiError(422, message);
}
