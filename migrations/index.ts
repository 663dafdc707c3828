import type { Migration } from 'kysely'
import * as foundation from './0001-foundation.ts'
import * as customers from './0002-customers.ts'
import * as conversations from './0003-conversations.ts'
import * as knowledgeBase from './0004-knowledge-base.ts'
import * as manners from './0005-manners.ts'

/** In order of birth. A released migration is never edited; expand first, contract a release later. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-foundation': foundation,
  '0002-customers': customers,
  '0003-conversations': conversations,
  '0004-knowledge-base': knowledgeBase,
  '0005-manners': manners,
}
