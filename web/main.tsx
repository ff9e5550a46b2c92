import './styles/app.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Page } from './chat/page.tsx'
import { createApp } from './store/app.ts'
import { NEW_CONVERSATION } from './store/drafts.ts'
import { AppProvider } from './store/use-app.ts'

// The page stands in the root route and outlives navigation: the first question moves from `/` to its conversation
// without a remount, so the stream goes on and nothing blinks.
const root = createRootRoute({ component: Page, notFoundComponent: () => null })
const home = createRoute({ getParentRoute: () => root, path: '/' })
const conversation = createRoute({ getParentRoute: () => root, path: '/c/$conversationId' })
const router = createRouter({ routeTree: root.addChildren([home, conversation]) })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

const app = createApp({
  onCreated: async (id) => {
    // Only while the person is still looking at the page where the question was asked.
    if (router.state.location.pathname !== '/') return
    // What is being typed already goes along.
    const typed = app.drafts.get(NEW_CONVERSATION)
    if (typed !== '') app.drafts.set(id, typed)
    await router.navigate({ to: '/c/$conversationId', params: { conversationId: id }, replace: true })
    app.drafts.forget(NEW_CONVERSATION)
  },
})

createRoot(document.querySelector('#root')!).render(
  <StrictMode>
    <AppProvider value={app}>
      <QueryClientProvider client={app.queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </AppProvider>
  </StrictMode>,
)
// It may go to another page, and needs one to go from.
app.outbox.resume()
