import type { ModelList, ModelView } from '#protocol/api/models.ts'
import { words } from '../words/words.ts'

export interface ModelGroup {
  value: string
  items: ModelView[]
}

/** Of a model of which nothing is known beside its name. */
export const UNKNOWN = { contextLength: null, maxOutputTokens: null, capabilities: {}, price: null }

/** Local models first, then remote ones, the demonstration last and by itself; empty groups are left out. */
export function groupModels(models: readonly ModelView[]): ModelGroup[] {
  const groups: ModelGroup[] = [
    { value: words.models.local, items: models.filter(({ demo, local }) => local && !demo) },
    { value: words.models.remote, items: models.filter(({ demo, local }) => !local && !demo) },
    { value: words.models.demo, items: models.filter(({ demo }) => demo) },
  ]
  return groups.filter(({ items }) => items.length > 0)
}

/** The model that a question will go to: the one chosen last while it is still offered, else the server's default. */
export function currentModel(list: ModelList | undefined, chosen: string | undefined): ModelView | undefined {
  if (!list) return undefined
  const wanted = list.models.find(({ id }) => id === chosen) ?? list.models.find(({ id }) => id === list.default)
  return wanted ?? unlisted(chosen ?? list.default)
}

/** A model that no provider lists, under the id that it is asked by. */
export function unlisted(id: string): ModelView {
  const slash = id.indexOf('/')
  const provider = slash < 0 ? '' : id.slice(0, slash)
  return { id, name: id.slice(slash + 1), provider, local: false, demo: provider === 'demo', ...UNKNOWN }
}
