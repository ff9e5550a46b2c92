import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { counting, writeTinyGguf } from '#test/gguf/make-tiny-gguf.ts'
import type { ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { createLocalGgufProvider, type LocalGgufProvider } from './local-gguf-provider.ts'
import type { HostTimes } from './model-host.ts'

export const FAKE_CONTEXT_TOKENS = 100

/**
 * A folder with a model and with a package that calls itself `node-llama-cpp` and plays one: it does what the last
 * question says. So that the processes, the queue and every way to fail can be tried without the real one.
 */
export interface FakeScene extends AsyncDisposable {
  provider: LocalGgufProvider
  folder: string
  modelsFolder: string
  runtimeFolder: string
  /** Questions that are being answered now. */
  openRequests(): number
  /** The process ids of those that were asked so far, in order, one for each question. */
  askedProcesses(): number[]
}

export function openFakeScene(times: Partial<HostTimes> = {}): FakeScene {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-gguf-'))
  const modelsFolder = join(folder, 'models')
  const runtimeFolder = join(folder, 'runtime')
  writeTinyGguf(join(modelsFolder, 'tiny.gguf'), { answer: counting(3), contextLength: FAKE_CONTEXT_TOKENS })
  writeFakeRuntime(runtimeFolder)
  const provider = createLocalGgufProvider({
    settings: { id: 'local', local: true },
    localModels: { modelsFolder, runtimeFolder, environment: { PATH: '/usr/bin' } },
    times: { idleTimeoutMs: 60_000, ...times },
  })
  return {
    provider,
    folder,
    modelsFolder,
    runtimeFolder,
    openRequests: () => readdirSync(join(runtimeFolder, 'open')).length,
    askedProcesses: () =>
      readdirSync(join(runtimeFolder, 'asked'))
        .sort()
        .map((name) => Number(name.split('-')[1])),
    async [Symbol.asyncDispose]() {
      provider.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

export function writeFakeRuntime(runtimeFolder: string): void {
  const packageFolder = join(runtimeFolder, 'node_modules/node-llama-cpp')
  for (const folder of [packageFolder, join(runtimeFolder, 'open'), join(runtimeFolder, 'asked')]) {
    mkdirSync(folder, { recursive: true })
  }
  const manifest = { name: 'node-llama-cpp', version: '0.0.0', type: 'module', exports: './index.js' }
  writeFileSync(join(packageFolder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(packageFolder, 'index.js'), SOURCE.replaceAll('FOLDER', JSON.stringify(runtimeFolder)))
}

export function question(text: string, request: Partial<ProviderRequest> = {}): ProviderRequest {
  return {
    model: 'tiny',
    systemPrompt: undefined,
    messages: [{ role: 'user', parts: [{ type: 'text', text }] }],
    parameters: {},
    generationId: 'g',
    ...request,
  }
}

export async function play(
  provider: LocalGgufProvider,
  request: ProviderRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = []
  for await (const batch of provider.stream(request, signal)) events.push(...batch)
  return events
}

export function textOf(events: readonly ProviderEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')
}

/** Plain JavaScript, as a package is. One word is one token. */
const SOURCE = `
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export async function getLlama(options) {
  return {
    getGrammarFor: async (type) => ({ type }),
    async createGrammarForJsonSchema(schema) {
      if (schema.type !== 'object') throw new Error('no grammar')
      return { schema }
    },
    async loadModel({ modelPath }) {
      if (modelPath.includes('broken')) throw new Error('tensors are missing')
      if (modelPath.includes('unbuilt')) throw Object.assign(new Error('no build'), { name: 'NoBinaryFoundError' })
      const createContext = async ({ contextSize }) => ({
        contextSize: contextSize.max,
        getSequence: () => ({
          nextTokenIndex: 0,
          tokenMeter: { usedOutputTokens: 0 },
          async adaptStateToTokens() {
            this.nextTokenIndex = 0
          },
          async evaluateWithoutGeneratingNewTokens(tokens) {
            await sleep(tokens[0]?.startsWith('/slow') ? 200 : 0)
            this.nextTokenIndex += tokens.length
          },
        }),
      })
      return { tokenizer: {}, createContext, options }
    },
  }
}

export class LlamaChat {
  constructor({ contextSequence }) {
    this.sequence = contextSequence
    this.chatWrapper = {
      generateContextState({ chatHistory }) {
        const words = chatHistory.flatMap((item) => (item.text ?? item.response.join(' ')).split(' '))
        return { contextText: { tokenize: () => words } }
      },
    }
  }

  async generateResponse(history, options) {
    const name = String(Date.now()).padStart(15, '0') + Math.random() + '-' + process.pid
    writeFileSync(FOLDER + '/asked/' + name, '')
    writeFileSync(FOLDER + '/open/' + name, '')
    try {
      return await this.generate(history, options)
    } finally {
      rmSync(FOLDER + '/open/' + name, { force: true })
    }
  }

  async generate(history, { signal, onResponseChunk, ...options }) {
    const ends = (stopReason) => ({ metadata: { stopReason } })
    const write = (text, rest = {}) => {
      this.sequence.tokenMeter.usedOutputTokens += 1
      onResponseChunk({ type: undefined, text, tokens: [1], ...rest })
    }
    const aborted = () => new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    switch (history.findLast(({ type }) => type === 'user').text.split(' ')[0]) {
      case '/echo':
        write(JSON.stringify({ history, options }))
        return ends('eogToken')
      case '/environment':
        write(Object.keys(process.env).join(' '))
        return ends('eogToken')
      case '/endless':
        while (!signal.aborted) {
          write('word ')
          await sleep(5)
        }
        return ends('abort')
      case '/limited':
        write('cut')
        return ends('maxTokens')
      case '/silent':
        await aborted()
        throw signal.reason
      case '/deaf':
        await sleep(60_000)
        return ends('eogToken')
      case '/falls-silent':
        write('some')
        await aborted()
        return ends('abort')
      case '/dies':
        write('some')
        await sleep(50)
        process.stderr.write('GGML_ASSERT failed')
        await sleep(50)
        process.kill(process.pid, 'SIGKILL')
        return await sleep(1000)
      case '/fails':
        write('some')
        throw new Error('out of luck')
      case '/thinks':
        write('hm', { type: 'segment', segmentType: 'thought' })
        write('', { type: 'segment', segmentType: 'thought', segmentEndTime: new Date() })
        write('so')
        return ends('eogToken')
      default:
        for (const piece of ['1,', ' 2,', ' 3.']) write(piece)
        return ends('eogToken')
    }
  }
}
`
