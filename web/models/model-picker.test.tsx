import { fireEvent, screen, within } from '@testing-library/react'
import { beforeEach, describe, expect, it } from 'vitest'
import { renderWithApp } from '../store/render-with-app.tsx'
import { ModelPicker } from './model-picker.tsx'

describe('ModelPicker', () => {
  beforeEach(() => localStorage.clear())

  it('shows local and remote models apart, marks the demo and says what is missing', async () => {
    const list = await open()
    const groups = list.getAllByRole('group').map((group) => group.textContent)
    expect(groups).toHaveLength(3)
    expect(groups[0]).toMatch(/^On this machine.*llama3\.2/)
    expect(groups[1]).toMatch(/^Remote.*gpt-5/)
    expect(groups[2]).toMatch(/^Demonstration.*simulated/)
    expect(screen.getByText('Mistral cannot be reached')).toBeTruthy()
  })

  it('narrows the list as one types and remembers the choice', async () => {
    const list = await open()
    fireEvent.change(screen.getByPlaceholderText('Find a model'), { target: { value: 'gpt' } })
    const option = await list.findByRole('option', { name: /gpt-5/ })
    expect(list.getAllByRole('option')).toHaveLength(1)
    fireEvent.click(option)
    expect(screen.getByTestId('model-picker').textContent).toContain('gpt-5')
    expect(localStorage.getItem('millrace.preferences')).toContain('openai/gpt-5')
  })

  it('offers a full id that no list shows', async () => {
    const list = await open()
    fireEvent.change(screen.getByPlaceholderText('Find a model'), { target: { value: 'vllm/org/model' } })
    expect(await list.findByRole('option', { name: /org\/model/ })).toBeTruthy()
  })
})

async function open() {
  renderWithApp(<ModelPicker />)
  fireEvent.click(screen.getByTestId('model-picker'))
  return within(await screen.findByRole('listbox', {}, { timeout: 15_000 }))
}
