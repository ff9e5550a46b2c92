import { PROBLEMS } from '#protocol/api/problem.ts'

interface Operation {
  summary?: string
  description?: string
  parameters?: { name: string; in: string; description?: string; required?: boolean }[]
  requestBody?: { content?: Record<string, { schema?: object }> }
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif }
body { max-width: 56rem; margin: 0 auto; padding: 2rem 1rem 6rem }
article { border-top: 1px solid color-mix(in srgb, currentColor 18%, transparent); padding: .75rem 0 }
h2 { font-size: 1rem; margin: 0; font-weight: 600 } h2 code { font-size: 1rem } h2 b { display: inline-block; min-width: 4.5rem }
p { margin: .25rem 0 } summary { cursor: pointer; opacity: .75 }
pre { overflow: auto; padding: .75rem; border-radius: .5rem; background: color-mix(in srgb, currentColor 7%, transparent); font-size: .8125rem }
table { border-collapse: collapse } td, th { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top }
:target { outline: 2px solid currentColor; outline-offset: 2px }
`

/** The OpenAPI document as one readable page, without scripts. */
export function renderDocsPage(document: object): string {
  const {
    info,
    paths = {},
    components,
  } = document as {
    info: { title: string; description?: string }
    paths?: Record<string, Record<string, Operation>>
    components?: { schemas?: Record<string, object> }
  }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => renderOperation(method, path, operation)),
  )
  const schemas = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) => `<article id="schema-${escape(name)}"><h2>${escape(name)}</h2>${renderJson(schema)}</article>`,
  )
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(info.title)} API</title><style>${STYLE}</style>
<h1>${escape(info.title)} API</h1><p>${escape(info.description ?? '')}</p>
<p>For programs: <a href="/api/openapi.json">/api/openapi.json</a></p>
${operations.join('\n')}
<h1>Problems</h1>${renderProblems()}
<h1>Schemas</h1>${schemas.join('\n')}</html>`
}

function renderOperation(method: string, path: string, operation: Operation): string {
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: place, description }) =>
      `<tr><td><code>${escape(name)}</code></td><td>${escape(place)}</td><td>${escape(description ?? '')}</td></tr>`,
  )
  const responses = Object.entries(operation.responses ?? {}).map(
    ([status, { description, content }]) =>
      `<tr><td><code>${escape(status)}</code></td><td>${renderReference(content)} ${escape(description ?? '')}</td></tr>`,
  )
  return `<article><h2><b>${escape(method.toUpperCase())}</b> <code>${escape(path)}</code></h2>
<p>${escape(operation.summary ?? '')}</p>${operation.description ? `<p>${escape(operation.description)}</p>` : ''}
<details><summary>Request and responses</summary><table>${parameters.join('')}</table>
${body ? renderJson(body) : ''}<table>${responses.join('')}</table></details></article>`
}

function renderReference(content: Record<string, { schema?: object }> | undefined): string {
  const [mediaType, entry] = Object.entries(content ?? {})[0] ?? []
  const reference = entry?.schema && '$ref' in entry.schema ? String(entry.schema.$ref).split('/').at(-1) : undefined
  if (reference === undefined) return escape(mediaType ?? '')
  return `<a href="#schema-${escape(reference)}">${escape(reference)}</a>`
}

function renderProblems(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) =>
      `<tr id="problem-${code}"><td>${status}</td><td><code>${code}</code></td><td>${escape(title)}</td></tr>`,
  )
  return `<table>${rows.join('')}</table>`
}

function renderJson(value: object): string {
  return `<pre>${escape(JSON.stringify(value, null, 2))}</pre>`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
