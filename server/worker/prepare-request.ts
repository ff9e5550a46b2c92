import type { Job } from '#server/ports/job-queue.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import type { Store } from '#server/ports/store.ts'

export interface RequestDependencies {
  store: Store
}

/** Gathers what a provider is asked with: the branch as it stands in the tree, and what else belongs to it. */
export async function prepareRequest(
  job: Job,
  resume: ProviderRequest['resume'],
  { store }: RequestDependencies,
): Promise<ProviderRequest> {
  const { model, systemPrompt, parameters, branch } = job.request
  const prepared: ProviderRequest = {
    model,
    systemPrompt,
    messages: 'messages' in branch ? branch.messages : await store.branch(job.userId, branch.leafId),
    parameters,
    purpose: job.purpose,
    generationId: job.generationId,
  }
  if (resume) prepared.resume = resume
  return prepared
}
