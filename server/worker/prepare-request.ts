import type { Job } from '#server/ports/job-queue.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import type { Store } from '#server/ports/store.ts'
import type { ModelFacts } from './model-facts.ts'
import { loadFiles, type FileDependencies } from './load-files.ts'
import { openOwnKey, type OwnKeyDependencies } from './own-key.ts'

export interface RequestDependencies extends OwnKeyDependencies, FileDependencies {
  store: Store
  facts: ModelFacts
}

/** Gathers what a provider is asked with: the branch as it stands in the tree, and what else belongs to it. */
export async function prepareRequest(
  job: Job,
  resume: ProviderRequest['resume'],
  deps: RequestDependencies,
): Promise<ProviderRequest> {
  const { provider, model, systemPrompt, parameters, branch } = job.request
  const { store } = deps
  const [messages, credentials, known] = await Promise.all([
    'messages' in branch ? branch.messages : store.branch(job.userId, branch.leafId),
    openOwnKey(deps, job.userId, provider),
    deps.facts.of({ provider, model }),
  ])
  const prepared: ProviderRequest = {
    model,
    systemPrompt,
    messages,
    parameters,
    purpose: job.purpose,
    generationId: job.generationId,
  }
  // At an address of the asker's own anybody may answer.
  if (known && credentials?.baseUrl === undefined) prepared.known = known
  if (credentials) prepared.credentials = credentials
  const files = await loadFiles(deps, job.userId, prepared)
  if (files) prepared.files = files
  if (resume) prepared.resume = resume
  return prepared
}
