import { useQuery } from '@tanstack/react-query'
import { useStore } from 'zustand'
import type { ModelList, ModelView } from '#protocol/api/models.ts'
import { useApp } from '../store/use-app.ts'
import { currentModel } from './group-models.ts'

/** A provider that is still asked for its models is looked at again this often. */
const PENDING_POLL_MS = 1500

export interface ModelChoice {
  list: ModelList | undefined
  /** Undefined until the list is there. */
  model: ModelView | undefined
  choose: (id: string) => void
}

export function useModel(): ModelChoice {
  const { cache, preferences } = useApp()
  const chosen = useStore(preferences, (state) => state.model)
  const { data: list } = useQuery({
    ...cache.models,
    staleTime: 30_000,
    refetchInterval: (query) =>
      query.state.data?.providers.some(({ status }) => status === 'pending') ? PENDING_POLL_MS : false,
  })
  return { list, model: currentModel(list, chosen), choose: (id) => preferences.setState({ model: id }) }
}
