import swagger from '@fastify/swagger'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ConversationPage, ConversationSchema } from '#protocol/api/conversations.ts'
import { CancelReceipt, CancelReceipts, GenerationSchema } from '#protocol/api/generations.ts'
import { KeyedProviderSchema, ProviderList } from '#protocol/api/keys.ts'
import {
  AnswerSchema,
  GenerationErrorSchema,
  GenerationSummarySchema,
  MessagePage,
  MessagePartSchema,
  MessageSchema,
  QueuedTurnSchema,
  SendReply,
  Sent,
  UsageSchema,
} from '#protocol/api/messages.ts'
import { FileSchema } from '#protocol/api/files.ts'
import { ModelList, ModelSchema, ProviderSchema } from '#protocol/api/models.ts'
import { Problem } from '#protocol/api/problem.ts'
import { TurnQueue } from '#protocol/api/queue.ts'
import { Health, Me } from '#protocol/api/server.ts'
import type { App } from './app-dependencies.ts'
import { renderDocsPage } from './docs-page.ts'

const NAMED_SCHEMAS = {
  Answer: AnswerSchema,
  CancelReceipt,
  CancelReceipts,
  Conversation: ConversationSchema,
  ConversationPage,
  File: FileSchema,
  Generation: GenerationSchema,
  GenerationError: GenerationErrorSchema,
  GenerationSummary: GenerationSummarySchema,
  Health,
  Me,
  Message: MessageSchema,
  MessagePage,
  MessagePart: MessagePartSchema,
  Model: ModelSchema,
  ModelList,
  KeyedProvider: KeyedProviderSchema,
  Problem,
  Provider: ProviderSchema,
  ProviderList,
  QueuedTurn: QueuedTurnSchema,
  SendReply,
  Sent,
  TurnQueue,
  Usage: UsageSchema,
}

/** Serves the OpenAPI document of all routes registered later, made from their schemas, and a page that lists them. */
export async function documentApi(app: App): Promise<void> {
  const schemaRegistry = z.registry<{ id?: string }>()
  for (const [id, schema] of Object.entries(NAMED_SCHEMAS)) schemaRegistry.add(schema, { id })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Millrace',
        version: '1.0.0',
        description:
          'Ask models and follow their answers. An answer, once asked for, cannot be lost: it is written whether or not ' +
          'anyone listens, and can be followed from any place. Errors are RFC 9457 problem documents.',
      },
    },
    transform: createJsonSchemaTransform({ schemaRegistry }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  })
  const tags = ['operations']
  app.get('/api/openapi.json', { schema: { tags, summary: 'This document' } }, () => app.swagger())
  app.get('/api/docs', { schema: { tags, summary: 'The API as a page' } }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(renderDocsPage(app.swagger())),
  )
}
