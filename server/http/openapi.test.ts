import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROBLEMS } from '#protocol/api/problem.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

interface Operation {
  summary?: string
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}

interface Document {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

let api: Api
let document: Document

beforeAll(async () => {
  api = await startApi()
  document = (await api.request('GET', '/api/openapi.json')).body as Document
})
afterAll(() => api.close())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      operation,
    })),
  )

test('the document lists every route, and only these', () => {
  expect(document.openapi).toBe('3.1.0')
  expect(
    operations()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual([
    'DELETE /api/v1/conversations/{id}',
    'DELETE /api/v1/conversations/{id}/queue',
    'DELETE /api/v1/conversations/{id}/queue/{turnId}',
    'DELETE /api/v1/keys/{provider}',
    'GET /api/docs',
    'GET /api/openapi.json',
    'GET /api/v1/conversations',
    'GET /api/v1/conversations/{id}',
    'GET /api/v1/conversations/{id}/messages',
    'GET /api/v1/conversations/{id}/queue',
    'GET /api/v1/events',
    'GET /api/v1/files/{id}',
    'GET /api/v1/generations/{id}',
    'GET /api/v1/generations/{id}/events',
    'GET /api/v1/health/live',
    'GET /api/v1/health/ready',
    'GET /api/v1/me',
    'GET /api/v1/models',
    'GET /api/v1/providers',
    'GET /health',
    'PATCH /api/v1/conversations/{id}',
    'PATCH /api/v1/conversations/{id}/queue',
    'PATCH /api/v1/conversations/{id}/queue/{turnId}',
    'POST /api/v1/conversations',
    'POST /api/v1/conversations/{id}/messages',
    'POST /api/v1/files',
    'POST /api/v1/generations/cancel-all',
    'POST /api/v1/generations/{id}/cancel',
    'POST /api/v1/generations/{id}/pause',
    'POST /api/v1/generations/{id}/resume',
    'POST /api/v1/messages/{id}/edit',
    'POST /api/v1/messages/{id}/retry',
    'PUT /api/v1/conversations/{id}/read',
    'PUT /api/v1/events/{streamId}/follow',
    'PUT /api/v1/keys/{provider}',
  ])
})

test('every operation says what it does, declares its path parameters, and describes its responses', () => {
  for (const { name, path, operation } of operations()) {
    expect(operation.summary, name).toBeTruthy()
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    expect(
      declared.map((parameter) => parameter.name),
      name,
    ).toEqual(inPath)
    expect(Object.keys(operation.responses).length, name).toBeGreaterThan(0)
    for (const [status, response] of Object.entries(operation.responses)) {
      expect(status, name).toMatch(/^[2-5]\d\d$/)
      expect(typeof response.description, name).toBe('string')
    }
  }
})

test('every reference leads to a schema, and every failure is a problem document', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '')
  expect(references.length).toBeGreaterThan(10)
  for (const reference of references) {
    expect(reference).toMatch(/^#\/components\/schemas\/\w+$/)
    expect(Object.keys(document.components.schemas)).toContain(reference.split('/').at(-1))
  }
  for (const { name, operation } of operations()) {
    for (const [status, response] of Object.entries(operation.responses)) {
      if (Number(status) < 400) continue
      expect(response.content?.['application/problem+json']?.schema, name).toEqual({
        $ref: '#/components/schemas/Problem',
      })
    }
  }
})

test('a send is described by its body, its key and its answer', () => {
  const send = document.paths['/api/v1/conversations/{id}/messages']?.['post']
  expect(JSON.stringify(send?.requestBody)).toContain('"parts"')
  expect(send?.parameters?.map(({ name }) => name)).toContain('idempotency-key')
  expect(send?.responses['202']?.content?.['application/json']?.schema).toMatchObject({
    $ref: '#/components/schemas/SendReply',
  })
})

test.each([
  ['post', '/api/v1/conversations/{id}/messages', [429, 503]],
  ['post', '/api/v1/messages/{id}/retry', [429, 503]],
  ['get', '/api/v1/generations/{id}/events', [429, 503]],
  ['post', '/api/v1/generations/{id}/cancel', [503]],
  ['post', '/api/v1/generations/cancel-all', [503]],
] as const)('that %s %s may have to come back later is said: %j', (method, path, statuses) => {
  const described = Object.keys(document.paths[path]?.[method]?.responses ?? {})
  expect(described).toEqual(expect.arrayContaining(statuses.map(String)))
})

test('the page that lists it names every route and every problem, and loads nothing', async () => {
  const { status, headers, body } = await api.request('GET', '/api/docs')
  expect(status).toBe(200)
  expect(headers.get('content-type')).toContain('text/html')
  for (const { path } of operations()) expect(body).toContain(`<code>${path}</code>`)
  for (const code of Object.keys(PROBLEMS)) expect(body).toContain(`id="problem-${code}"`)
  expect(body).not.toMatch(/<script|<link|src=|https?:/)
})
