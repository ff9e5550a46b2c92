import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { ClientError } from './client-error.ts'
import { createMillraceClient, type MillraceClient } from './create-millrace-client.ts'
import { createLogServer } from './log-server.fixture.ts'

const QUESTION = { parts: [{ type: 'text' as const, text: 'hello' }] }

describe('createMillraceClient', () => {
  it('repeats a send under one key when the reply is lost', async () => {
    const keys: (string | string[] | undefined)[] = []
    await using server = await createLogServer((request, response, number) => {
      keys.push(request.headers['idempotency-key'])
      if (number < 3) return void request.socket.destroy()
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"message":{},"generations":[]}')
    })
    await clientOf(server.baseUrl).send('c', QUESTION, { idempotencyKey: 'k1' })
    expect(keys).toEqual(['k1', 'k1', 'k1'])
  })

  it('gives up a send after some tries and says that the network is to blame', async () => {
    await using server = await createLogServer((request) => void request.socket.destroy())
    const sending = clientOf(server.baseUrl).send('c', QUESTION, { idempotencyKey: 'k1' })
    await expect(sending).rejects.toMatchObject({ code: 'network' })
    expect(server.requests.length).toBe(4)
  })

  it('does not repeat what the server refused, and hands its problem on', async () => {
    const problem = { type: 'x', title: 'No such model', status: 422, code: 'unknown-model', detail: 'Pick another.' }
    await using server = await createLogServer((_request, response) => {
      response.writeHead(422, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
    })
    const error = await clientOf(server.baseUrl)
      .send('c', QUESTION, { idempotencyKey: 'k1' })
      .catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(ClientError)
    expect(error).toMatchObject({ code: 'unknown-model', status: 422, problem, message: 'Pick another.' })
    expect(server.requests.length).toBe(1)
  })

  it('calls a reply that is no problem document by its name', async () => {
    await using server = await createLogServer((_request, response) => void response.writeHead(404).end('<html>'))
    await expect(clientOf(server.baseUrl).listModels()).rejects.toMatchObject({ code: 'bad-response', status: 404 })
  })

  it('fails a request that stays without a reply', async () => {
    await using server = await createLogServer(() => undefined)
    const client = clientOf(server.baseUrl, 50)
    await expect(client.createConversation({})).rejects.toMatchObject({ code: 'timeout' })
  })

  it('throws the abort reason of the caller', async () => {
    await using server = await createLogServer(() => undefined)
    const caller = new AbortController()
    const listing = clientOf(server.baseUrl).listConversations({ signal: caller.signal })
    caller.abort(new Error('left'))
    await expect(listing).rejects.toThrow('left')
  })

  it('writes what it is told to the address of the contract', async () => {
    const seen: string[] = []
    await using server = await createLogServer((request, response) => {
      void bodyOf(request).then((body) => {
        seen.push(`${request.method} ${request.url} ${body}`)
        if (request.method === 'DELETE') response.writeHead(204).end()
        else response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      })
    })
    const client = clientOf(server.baseUrl)
    await client.listConversations({ before: 'a b' })
    await client.createConversation({ title: 'T' })
    await client.updateConversation('c/1', { deleted: false })
    await client.deleteConversation('c')
    await client.listMessages('c', { after: 'm' })
    await client.retry('m', { model: 'demo/chat' }, { idempotencyKey: 'k' })
    await client.cancel('g')
    await client.cancelAll()
    expect(seen).toEqual([
      'GET /api/v1/conversations?before=a+b ',
      'POST /api/v1/conversations {"title":"T"}',
      'PATCH /api/v1/conversations/c%2F1 {"deleted":false}',
      'DELETE /api/v1/conversations/c ',
      'GET /api/v1/conversations/c/messages?after=m ',
      'POST /api/v1/messages/m/retry {"model":"demo/chat"}',
      'POST /api/v1/generations/g/cancel ',
      'POST /api/v1/generations/cancel-all ',
    ])
  })
})

function clientOf(baseUrl: string, timeoutMs = 5000): MillraceClient {
  return createMillraceClient({ baseUrl, fetch, timeoutMs, backoff: { firstMs: 1, mostMs: 2 } })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}
