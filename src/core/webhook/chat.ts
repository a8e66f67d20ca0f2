import type { PublicType } from './public-types.ts'

/** A chat that is told in sentences. `slack`: an incoming webhook, as Mattermost and others have it too. `telegram`: `sendMessage` of a bot, to a chat. */
export type Chat = { readonly kind: 'slack' } | { readonly kind: 'telegram'; readonly chatId: string }

/** What a chat is told of when nobody says otherwise: what people are to look at. */
export const CHAT_TYPES: readonly PublicType[] = ['alert.raised', 'alert.resolved', 'account.suspicious', 'webhook.disabled']

/** Telegram takes 4,096 letters, and nobody reads as many. */
const MAX_CHARS = 1_000

/** The body of a call to a chat. Words of strangers in it make no link, no mention and no other form there. */
export function chatPayload(chat: Chat, type: string, data: Readonly<Record<string, unknown>>): string {
  const text = sentenceOf(type, data).replace(/\p{Cc}+/gu, ' ').slice(0, MAX_CHARS).toWellFormed()
  switch (chat.kind) {
    case 'slack':
      return JSON.stringify({ text: text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;'), unfurl_links: false })
    case 'telegram':
      return JSON.stringify({ chat_id: chat.chatId, text, link_preview_options: { is_disabled: true } }) // Without parse_mode text is text.
  }
}

const SIGNS: Readonly<Record<string, string>> = { critical: '🔴', high: '🟠', warning: '🟡' }

function sentenceOf(type: string, data: Readonly<Record<string, unknown>>): string {
  if (type === 'alert.raised') return `${SIGNS[String(data['severity'])] ?? ''} ${String(data['severity'])}: ${String(data['text'])} (${String(data['rule'])})`
  if (type === 'alert.resolved') return `✅ resolved: ${String(data['text'])} (${String(data['rule'])})`
  const told = Object.entries(data).flatMap(([name, value]) => (typeof value === 'string' || typeof value === 'number' ? [`${name} ${value}`] : []))
  return `${type}: ${told.join(', ')}`
}
