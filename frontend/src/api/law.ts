/** What the server says about the law: taken from its own description, so that nothing is written twice. */
import type { components } from './schema'

type Said = components['schemas']

export type RulesPage = Said['RulesPage']
export type ArticleShown = Said['ArticleShown']
export type ClauseShown = Said['ClauseShown']
export type RuleShown = Said['RuleShown']
export type PassageShown = Said['PassageShown']
export type TextLine = Said['TextLine']
export type ShelfPage = Said['ShelfPage']
export type ComparisonPage = Said['ComparisonPage']
export type RulePair = Said['RulePair']
export type TrialPage = Said['TrialPage']
export type TrialPart = Said['TrialPart']
export type TrialRow = Said['TrialRow']
export type LawFindingRow = Said['FindingRow']
