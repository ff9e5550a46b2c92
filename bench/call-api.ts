import { Agent, request } from 'node:http'

/** One client of the API: a few connections that it keeps open. */
export interface ApiClient extends Disposable {
  /** Sends JSON and returns what came back as JSON. Throws when the status is not one of success. */
  call<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>
  /** The same, as text. */
  read(path: string): Promise<string>
}

export function createApiClient(port: number, connections = 8): ApiClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })

  function send(method: string, path: string, body?: unknown): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers = text === undefined ? {} : { 'content-type': 'application/json' }
    request({ agent, port, host: '127.0.0.1', method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8')
        const { statusCode = 0 } = response
        if (statusCode >= 200 && statusCode < 300) resolve(answer)
        else reject(new Error(`${method} ${path}: status ${statusCode}, ${answer.slice(0, 300)}`))
      })
    })
      .on('error', reject)
      .end(text)
    return promise
  }

  return {
    call: async <Answer>(method: 'GET' | 'POST', path: string, body?: unknown) =>
      JSON.parse(await send(method, path, body)) as Answer,
    read: (path) => send('GET', path),
    [Symbol.dispose]: () => agent.destroy(),
  }
}
