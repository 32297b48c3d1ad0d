import { en } from './en'
import { zh } from './zh'

export type Lang = 'zh' | 'en'
export type MessageKey = keyof typeof zh

export const dictionaries: Record<Lang, Record<MessageKey, string>> = { zh, en }
export const langs: readonly Lang[] = ['zh', 'en']

/** The `lang` attribute and Intl locale of an interface language. */
export const localeOf: Record<Lang, string> = { zh: 'zh-CN', en: 'en' }

/** A function that turns a key and its values into a text of one language. */
export type Say = (key: MessageKey, values?: Record<string, string | number>) => string

export function speaker(lang: Lang): Say {
  const messages = dictionaries[lang]
  return (key, values = {}) =>
    messages[key].replace(/\{(\w+)\}/g, (whole, name: string) =>
      name in values ? String(values[name]) : whole,
    )
}

/** The language to start in: the reader's first known one, else Chinese. */
export function preferredLang(wanted: readonly string[]): Lang {
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split('-')[0]
    if (primary === 'zh' || primary === 'en') return primary
  }
  return 'zh'
}
