/** Every text colour reaches 4.5:1 on everything it stands on, in both looks; lines of controls reach 3:1 (WCAG 2.2 AA). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync('src/theme/tokens.css', 'utf8')
const light = values(css.slice(css.indexOf(':root {'), css.indexOf(':root.dark')))
const dark = { ...light, ...values(css.slice(css.indexOf(':root.dark'))) }

function values(block: string): Record<string, string> {
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1]!, m[2]!]))
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

describe.each([['light', light], ['dark', dark]])('%s', (_, look) => {
  const grounds = ['paper', 'ground', 'raised']
  const texts = ['ink', 'ink-2', 'ink-3', 'action', 'action-strong', 'breach', 'due', 'proven', 'missing']
  it.each(texts.flatMap((text) => grounds.map((ground) => [text, ground])))('%s on %s', (text, ground) => {
    expect(contrast(look[text]!, look[ground]!)).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['action', 'breach', 'due', 'proven'].flatMap((tone) => [[tone, `${tone}-soft`], ['ink', `${tone}-soft`], ['ink-2', `${tone}-soft`]]))('%s on %s', (text, soft) => {
    expect(contrast(look[text]!, look[soft]!)).toBeGreaterThanOrEqual(4.5)
  })

  it('has readable buttons and visible control lines', () => {
    expect(contrast(look['on-action']!, look.action!)).toBeGreaterThanOrEqual(4.5)
    for (const ground of grounds) expect(contrast(look['line-strong']!, look[ground]!)).toBeGreaterThanOrEqual(3)
    expect(contrast(look.recorded!, look.paper!)).toBeGreaterThanOrEqual(3)
  })
})
