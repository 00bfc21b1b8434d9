import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { JobBusyError } from "../jobs/job-busy-error.ts";
import { VigiaError } from "../kit/errors.ts";
import type { ServerEnv } from "./env.ts";

export interface InvalidField {
  /** Where: `query.limit`, `json.params.as_of`. */
  path: string;
  message: string;
  code: string;
}

/** RFC 9457 problem details as this house writes them. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: InvalidField[];
  [extension: string]: unknown;
}

export interface HttpProblemOptions {
  headers?: Record<string, string>;
  /** Further members of the body, for example `running_id`. */
  extensions?: Record<string, unknown>;
  cause?: unknown;
}

/** An answer that is not a success. `detail` is a sentence and may be shown to anyone. */
export class HttpProblem extends VigiaError {
  override readonly name = "HttpProblem";
  readonly status: ContentfulStatusCode;
  readonly headers: Record<string, string>;
  readonly extensions: Record<string, unknown>;

  constructor(status: ContentfulStatusCode, code: string, detail: string, options: HttpProblemOptions = {}) {
    super(code, detail, { cause: options.cause, retryable: status === 429 || status === 503 });
    this.status = status;
    this.headers = options.headers ?? {};
    this.extensions = options.extensions ?? {};
  }
}

/** Statuses of the errors that modules below the server throw; any other code is an internal error. */
const STATUS_OF_CODE: Readonly<Record<string, ContentfulStatusCode>> = {
  unknown_job: 404,
  unknown_run: 404,
  job_busy: 409,
  job_disabled: 409,
  job_not_running: 409,
  unknown_dead_letter: 404,
  dead_letter_closed: 409,
  not_replayable: 409,
  bad_cursor: 400,
  bad_params: 422,
  shutting_down: 503,
  disk_full: 507,
};

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
  507: "Insufficient Storage",
};

/** Whatever was thrown as a problem. Texts of unknown errors never leave: the log has them under the same id. */
export function toProblem(thrown: unknown): HttpProblem {
  if (thrown instanceof HttpProblem) return thrown;
  if (thrown instanceof HTTPException) return fromHono(thrown);
  const status = thrown instanceof VigiaError ? STATUS_OF_CODE[thrown.code] : undefined;
  if (thrown instanceof VigiaError && status) return fromVigiaError(thrown, status);
  return new HttpProblem(500, "internal_error", "Something went wrong here. The log has the details under this id.", {
    cause: thrown,
  });
}

function fromVigiaError(error: VigiaError, status: ContentfulStatusCode): HttpProblem {
  return new HttpProblem(status, error.code, [error.message, error.hint].filter(Boolean).join(" "), {
    headers: status === 503 ? { "Retry-After": "5" } : {},
    extensions: error instanceof JobBusyError ? { running_id: error.runId } : {},
    cause: error,
  });
}

/** Hono's own refusals: unreadable JSON and media types that a route does not take. */
function fromHono(error: HTTPException): HttpProblem {
  if (error.status === 415)
    return new HttpProblem(415, "unsupported_media_type", "This route does not take that content type.");
  if (error.status === 400) return new HttpProblem(400, "bad_body", "The body is not readable JSON.");
  return new HttpProblem(500, "internal_error", "Something went wrong here. The log has the details under this id.", {
    cause: error,
  });
}

export function problemBody(problem: HttpProblem, requestId: string): Problem {
  return {
    type: "about:blank",
    title: TITLES[problem.status] ?? "Error",
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    request_id: requestId,
    ...problem.extensions,
  };
}

/** The answer for a problem: `application/problem+json`, never cached. */
export function problemResponse(context: Context<ServerEnv>, problem: HttpProblem): Response {
  return new Response(JSON.stringify(problemBody(problem, context.get("requestId") ?? "")), {
    status: problem.status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      ...(problem.status === 401 ? { "WWW-Authenticate": "Bearer" } : {}),
      ...problem.headers,
    },
  });
}
