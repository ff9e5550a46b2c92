import type { GenerationError } from '#protocol/provider-error.ts'
import type { LocalModelSettings } from '#server/domain/settings.ts'
import { ProviderFailure, type Provider } from '#server/ports/provider.ts'
import { createFindModels, type LocalModel } from './find-models.ts'
import { createLocalAnswer } from './local-answer.ts'
import { createModelHost, type HostTask, type HostTimes } from './model-host.ts'
import { findRuntime, installCommand } from './runtime-location.ts'
import { createTurnQueue } from './turn-queue.ts'

export interface LocalGgufOptions {
  settings: { id: string; local: boolean }
  localModels: LocalModelSettings
  times: Pick<HostTimes, 'idleTimeoutMs'> & Partial<HostTimes>
}

/** A context takes memory for all of its tokens from the start, and few models here are asked with more. */
const MAX_CONTEXT_TOKENS = 32_768
const UNKNOWN_CONTEXT_TOKENS = 4_096
const OBEY_MS = 700
const UNLOAD_MS = 10 * 60_000
const MAX_NAMED = 3

/**
 * The GGUF files of a folder, run by `node-llama-cpp` in a process of this worker's. One model is loaded at a time and
 * answers one question at a time; the others wait for their turn. The files are listed without the runtime, but nothing
 * is offered that could not be run: where files lie and the runtime does not, that is said instead.
 */
export function createLocalGgufProvider({ settings, localModels, times }: LocalGgufOptions): LocalGgufProvider {
  const { modelsFolder, runtimeFolder, environment } = localModels
  const findModels = createFindModels(modelsFolder)
  const host = createModelHost({ obeyMs: OBEY_MS, unloadMs: UNLOAD_MS, ...times }, environment)
  const turns = createTurnQueue()

  async function findTask(name: string): Promise<HostTask> {
    const { models } = await findModels()
    const model = models.find(({ id }) => id === name)
    if (!model) throw new ProviderFailure(noSuchModel(name, modelsFolder))
    const runtime = findRuntime(runtimeFolder)
    if (runtime === undefined) throw new ProviderFailure(notInstalled([model], runtimeFolder))
    const { path, version } = model
    return { runtime, modelPath: path, modelName: model.id, contextTokens: contextTokens(model), version }
  }

  const deps = { host, turns, findTask, unusable: (reason: string) => unusable(reason, runtimeFolder) }
  return {
    id: settings.id,
    kind: 'local-gguf',
    local: settings.local,
    listsCheaply: true,
    stream: (request, signal) => ({ [Symbol.asyncIterator]: () => createLocalAnswer(deps, request, signal) }),
    async models() {
      const { models, refused } = await findModels()
      if (models.length === 0 && refused.length > 0) throw new ProviderFailure(nothingUsable(refused))
      if (models.length > 0 && findRuntime(runtimeFolder) === undefined) {
        throw new ProviderFailure(notInstalled(models, runtimeFolder))
      }
      return models.map((model) => ({ id: model.id, name: model.id, contextLength: contextTokens(model) }))
    },
    close: () => host.close(),
  }
}

export interface LocalGgufProvider extends Provider {
  /** Ends the model's process. */
  close(): void
}

function contextTokens({ contextLength = UNKNOWN_CONTEXT_TOKENS }: LocalModel): number {
  return Math.min(contextLength, MAX_CONTEXT_TOKENS)
}

function noSuchModel(name: string, folder: string): GenerationError {
  const message = `There is no file ${name.slice(0, 200)}.gguf in ${folder}.`
  return { kind: 'model-not-found', message, retryable: false }
}

/** The last line is the command alone: the page offers it to be copied. */
function notInstalled(models: readonly LocalModel[], runtimeFolder: string): GenerationError {
  const more = models.length > MAX_NAMED ? ` and ${models.length - MAX_NAMED} more` : ''
  const names = models
    .slice(0, MAX_NAMED)
    .map(({ id }) => id)
    .join(', ')
  const what = `${names}${more} can be run here once node-llama-cpp is installed.`
  return failed(`${what} In the folder of Millrace, run:\n${installCommand(runtimeFolder)}`)
}

function unusable(reason: string, runtimeFolder: string): GenerationError {
  const what = `node-llama-cpp is installed, but it does not work (${reason}).`
  return failed(`${what} In the folder of Millrace, run:\n${installCommand(runtimeFolder)}`)
}

function nothingUsable(refused: readonly string[]): GenerationError {
  const more = refused.length > MAX_NAMED ? `; and ${refused.length - MAX_NAMED} more` : ''
  return failed(`No file there can be used. ${refused.slice(0, MAX_NAMED).join('; ')}${more}.`)
}

function failed(message: string): GenerationError {
  return { kind: 'server', message: message.slice(0, 2_000), retryable: false }
}
