export interface VigiaErrorOptions {
  /** What the reader can do about it, as a sentence. */
  hint?: string;
  /** Whether the same call may succeed later without a change. Default: false. */
  retryable?: boolean;
  cause?: unknown;
}

/**
 * The one error class of the house: a stable `code`, a sentence for people, a remedy, and whether trying again may help.
 * `message` and `hint` may be shown to anyone, so they never hold secrets or internals; those belong in `cause`.
 */
export class VigiaError extends Error {
  override readonly name: string = "VigiaError";
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: VigiaErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
  }
}

/** The error itself, or whatever was thrown wrapped so that it has a message. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** `code` of a VigiaError, else the class name of the error: a label that is safe to log and to count. */
export function errorCode(thrown: unknown): string {
  return thrown instanceof VigiaError ? thrown.code : toError(thrown).name;
}
