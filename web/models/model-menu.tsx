import { Combobox } from '@base-ui/react/combobox'
import { Check, Search } from 'lucide-react'
import { useMemo, useState, type ReactElement } from 'react'
import type { ModelView } from '#protocol/api/models.ts'
import { words } from '../words/words.ts'
import { groupModels, unlisted, type ModelGroup } from './group-models.ts'
import { Simulated } from './simulated.tsx'
import { ProviderNotes } from './provider-notes.tsx'
import { useModel } from './use-model.ts'

export interface ModelMenuProps {
  trigger: ReactElement
  /** Stands marked in the list. */
  model: ModelView | undefined
  /** Called with the id of a model that is not the marked one. */
  onChoose: (id: string) => void
  onOpenChange?: (open: boolean) => void
}

/** The list of models with a field that narrows it. Comes into being opened, in place of the button that was pressed. */
export function ModelMenu({ trigger, model, onChoose, onOpenChange }: ModelMenuProps) {
  const { list } = useModel()
  const [query, setQuery] = useState('')
  const groups = useMemo(() => withUnlisted(groupModels(list?.models ?? []), query), [list, query])
  return (
    <Combobox.Root
      items={groups}
      value={model ?? null}
      onValueChange={(next: ModelView | null) => next && next.id !== model?.id && onChoose(next.id)}
      onOpenChange={(open) => onOpenChange?.(open)}
      onInputValueChange={setQuery}
      isItemEqualToValue={(item: ModelView, value: ModelView) => item.id === value.id}
      itemToStringLabel={(item: ModelView) => `${item.name} ${item.id}`}
      autoHighlight
      defaultOpen
    >
      <Combobox.Trigger render={trigger} />
      <Combobox.Portal>
        <Combobox.Positioner side="top" align="start" sideOffset={8} collisionPadding={12} className="z-40">
          <Combobox.Popup
            aria-label={words.models.choose}
            className="popup flex max-h-[min(26rem,var(--available-height))] w-[min(22rem,var(--available-width))] flex-col overflow-hidden rounded-lg bg-raised shadow-float outline-none"
          >
            <div className="flex items-center gap-2 border-b border-line px-3 text-ink-faint">
              <Search className="size-3.5 shrink-0" />
              <Combobox.Input
                placeholder={words.models.search}
                className="h-10 w-full bg-transparent text-ui text-ink outline-none placeholder:text-ink-faint pointer-coarse:h-11 pointer-coarse:text-body"
              />
            </div>
            <Combobox.Empty className="px-3 py-4 text-ui text-ink-faint empty:hidden">
              {words.models.none}
            </Combobox.Empty>
            <Combobox.List className="overflow-y-auto p-1 empty:hidden">
              {(group: ModelGroup) => (
                <Combobox.Group key={group.value} items={group.items} className="pb-1">
                  <Combobox.GroupLabel className="px-2.5 pt-2 pb-1 text-voice text-ink-faint">
                    {group.value}
                  </Combobox.GroupLabel>
                  <Combobox.Collection>
                    {(item: ModelView) => <ModelItem key={item.id} model={item} />}
                  </Combobox.Collection>
                </Combobox.Group>
              )}
            </Combobox.List>
            <ProviderNotes providers={list?.providers ?? []} />
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  )
}

function ModelItem({ model }: { model: ModelView }) {
  return (
    <Combobox.Item
      value={model}
      className="flex min-h-9 cursor-default items-center gap-2 rounded-md px-2.5 py-1.5 text-ui text-ink outline-none data-highlighted:bg-tint pointer-coarse:min-h-11"
    >
      <span className="min-w-0 flex-1 truncate">
        {model.name}
        {!model.demo && <span className="ml-2 text-voice text-ink-faint">{model.provider}</span>}
      </span>
      {model.demo && <Simulated />}
      {model.contextLength !== null && (
        <span className="tabular shrink-0 text-voice text-ink-faint">{words.models.context(model.contextLength)}</span>
      )}
      <span className="flex size-4 shrink-0 items-center justify-center">
        <Combobox.ItemIndicator>
          <Check className="size-3.5 text-accent" />
        </Combobox.ItemIndicator>
      </span>
    </Combobox.Item>
  )
}

/** A full id that no list shows can still be asked for; the server decides whether it may. */
function withUnlisted(groups: ModelGroup[], query: string): ModelGroup[] {
  const id = query.trim()
  if (!/^[^\s/]+\/\S+$/.test(id) || groups.some(({ items }) => items.some((item) => item.id === id))) return groups
  return [...groups, { value: words.models.unlisted, items: [unlisted(id)] }]
}
