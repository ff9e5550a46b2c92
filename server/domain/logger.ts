/** The part of a structured logger that is used; pino fits. */
export interface Logger {
  error(context: object, message: string): void
  warn(context: object, message: string): void
  info(context: object, message: string): void
}
