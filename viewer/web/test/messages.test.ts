import { describe, expect, it } from 'vitest'
import { en } from '../src/i18n/en'
import { preferredLang, speaker, type MessageKey } from '../src/i18n/messages'
import { zh } from '../src/i18n/zh'

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()
const keys = Object.keys(zh) as MessageKey[]

describe('the dictionaries', () => {
  it('have the same keys in the same order', () => {
    expect(Object.keys(en)).toEqual(keys)
  })

  it.each(keys)('have the same placeholders and no empty text: %s', (key) => {
    expect(placeholders(en[key])).toEqual(placeholders(zh[key]))
    expect(zh[key].trim()).not.toBe('')
    expect(en[key].trim()).not.toBe('')
  })

  it('do not mix the languages', () => {
    for (const key of keys) expect(en[key], key).not.toMatch(/[\u3000-\u9fff\uff00-\uffef]/)
  })

  it('use only signs that are narrow in Chinese fonts too, in English', () => {
    // A Chinese font draws curly quotes as wide as a character.
    for (const key of keys) expect(en[key], key).not.toMatch(/[\u2018-\u201f]/)
  })
})

describe('a speaker', () => {
  it('fills in what it is given and leaves the rest to be seen', () => {
    expect(speaker('en')('fail.status', { status: 503 })).toBe('The server answered 503: {detail}')
  })

  it('does not read a value as a pattern', () => {
    expect(speaker('en')('place.link')).toBe('Copy link')
    expect(speaker('zh')('copy.done', { what: '$& {what}' })).toBe('已复制 $& {what}')
  })
})

describe('the first language', () => {
  it.each([
    [['zh-TW'], 'zh'], [['en-GB', 'zh'], 'en'], [['fr', 'en'], 'en'], [['fr'], 'zh'], [[], 'zh'], [['ZH-hans-CN'], 'zh'],
  ] as const)('of %j is %s', (wanted, lang) => {
    expect(preferredLang(wanted)).toBe(lang)
  })
})
