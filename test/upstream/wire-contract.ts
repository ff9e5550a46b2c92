import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProviderKind } from '#server/domain/settings.ts'
import { describeProviderContract } from '#server/ports/provider.contract.ts'
import type { Provider, ProviderRequest } from '#server/ports/provider.ts'
import type { WireProviderOptions } from '#server/upstream/wire-provider.ts'
import { startProvider } from './open-provider.ts'
import type { ReceivedRequest } from './scripted-upstream.ts'

/** How a vendor says what the contract's answers need: bodies, or pieces of them. */
export interface WireContractSubject {
  kind: ProviderKind
  create(options: WireProviderOptions): Provider
  basePath: string
  /** The model that a request is for; undefined for one of the list of models. */
  modelOf(request: ReceivedRequest): string | undefined
  list: object
  failure: object
  /** Two pieces of text with what stands before them; what goes on for ever; what ends it well. */
  start: readonly string[]
  more: string
  end: string
}

/** Runs the contract of providers against an adapter before a scripted vendor. */
export function describeWireContract(subject: WireContractSubject): void {
  const { kind, create, basePath } = subject
  describeProviderContract(kind, async () => {
    const { provider, upstream } = await startProvider(create, kind, basePath, (request, response) =>
      behave(subject, request, response),
    )
    return {
      provider,
      answering: contractQuestion('answering'),
      endless: contractQuestion('endless'),
      silent: contractQuestion('silent'),
      failing: contractQuestion('failing'),
      upstream: { openRequests: upstream.openRequests, totalRequests: () => upstream.requests.length },
      close: () => upstream.stop(),
    }
  })
}

export function contractQuestion(model: string): ProviderRequest {
  return {
    model,
    systemPrompt: undefined,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
    parameters: {},
    generationId: '0199a000-0000-7000-8000-000000000000',
  }
}

async function behave(
  { modelOf, list, failure, start, more, end }: WireContractSubject,
  request: ReceivedRequest,
  response: ServerResponse,
): Promise<void> {
  const model = modelOf(request)
  if (model === undefined) return void response.end(JSON.stringify(list))
  if (model === 'silent') return
  if (model === 'failing') return void response.writeHead(500).end(JSON.stringify(failure))
  response.writeHead(200)
  for (const piece of start) response.write(piece)
  if (model === 'answering') return void response.end(end)
  while (!response.closed) {
    response.write(more)
    await sleep(10)
  }
}
