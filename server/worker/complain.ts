import { isStorageFailure } from '#server/domain/errors.ts'
import type { Logger } from '#server/domain/logger.ts'

/** Logs a failure, unless the disk or a lock is to blame: the backend says so itself, once and not at every try. */
export function complain(logger: Logger, error: unknown, message: string, context: object = {}): void {
  if (!isStorageFailure(error)) logger.error({ err: error, ...context }, message)
}
