import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { PROBLEMS, type Problem, type ProblemCode } from '#protocol/api/problem.ts'
import { isStorageFailure, RequestError, type StorageFailureCode } from '#server/domain/errors.ts'
import type { Logger } from '#server/domain/logger.ts'

/** A lock is given back sooner than a person makes room on a disk. */
const STORAGE_RETRY_SECONDS: Record<StorageFailureCode, number> = {
  'storage-busy': 2,
  'storage-full': 10,
  'storage-failed': 10,
}

const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** Answers every failed request with a problem document; what is not the sender's fault is logged and not shown. */
export function createErrorHandler(deps: { logger: Logger; maxBodyBytes: number }) {
  return function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    let refusal = toRequestError(error, request.routeOptions?.bodyLimit ?? deps.maxBodyBytes)
    if (!refusal) {
      // Whoever went away in the middle of a body reads no answer, and nothing here has failed.
      const isCutOff = request.raw.readableAborted
      if (!isCutOff) deps.logger.error({ err: error, method: request.method, url: request.url }, 'a request failed')
      refusal = new RequestError('internal', 'The server failed to handle this request; its log says why. Try again.')
    }
    sendProblem(reply, refusal)
  }
}

function sendProblem(reply: FastifyReply, error: RequestError): void {
  const problem = toProblem(error)
  const retryAfter = error.parameters['retryAfterSeconds']
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  void reply.header('cache-control', 'no-store')
  // Already encoded, because a route's own schema knows only its good answers.
  void reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).serializer(String).send(JSON.stringify(problem))
}

function toProblem(error: RequestError): Problem {
  const { status, title } = PROBLEMS[error.code]
  const problem: Problem = { type: problemType(error.code), title, status, code: error.code, detail: error.message }
  if (Object.keys(error.parameters).length > 0) problem.parameters = error.parameters
  return problem
}

/** Where the code is explained. */
function problemType(code: ProblemCode): string {
  return `/api/docs#problem-${code}`
}

function toRequestError(error: unknown, maxBodyBytes: number): RequestError | undefined {
  if (error instanceof RequestError) return error
  if (isStorageFailure(error)) {
    return new RequestError(error.code, error.message, { retryAfterSeconds: STORAGE_RETRY_SECONDS[error.code] })
  }
  if (!(error instanceof Error)) return undefined
  if (hasZodFastifySchemaValidationErrors(error)) return describeValidation(error as FastifyError)
  switch (String((error as Partial<FastifyError>).code)) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new RequestError('invalid-json', `The body could not be read as JSON: ${error.message}`)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new RequestError('unsupported-media-type', 'Send the body as JSON, with Content-Type: application/json.')
    case 'FST_ERR_CTP_BODY_TOO_LARGE': {
      const detail = `The body is larger than the ${maxBodyBytes} bytes that this server takes.`
      return new RequestError('body-too-large', detail, { limit: maxBodyBytes })
    }
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new RequestError('not-found', 'The address is not a well-formed one of this server.')
  }
  // How the file server refuses folders, dot files and escapes from its root.
  const status = (error as Partial<FastifyError>).statusCode
  if (status === 403 || status === 404) return new RequestError('not-found', 'There is no such file on this server.')
  return undefined
}

const CONTEXT_NAMES: Record<string, string> = { querystring: 'query', params: 'path', headers: 'header' }

function describeValidation(error: FastifyError): RequestError {
  const context = error.validationContext ?? 'body'
  const issues = (error.validation ?? []).map((issue) => ({
    field: [CONTEXT_NAMES[context] ?? context, ...issue.instancePath.split('/').filter(Boolean)].join('.'),
    message: issue.message ?? 'is not valid',
  }))
  const detail = issues.map(({ field, message }) => `${field}: ${message}`).join('; ')
  return new RequestError('invalid-request', `${detail}.`, { field: issues[0]?.field ?? context })
}
