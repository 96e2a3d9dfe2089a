/** The columns in which activities are listed, on their own page and inside a case. */
import type { Column } from '@/shared/listing'

export const ACTIVITY_COLUMNS: Column[] = [
  { key: 'number', label: '活动编号', class: 'keep' },
  { key: 'type', label: '活动', class: 'self' },
  { key: 'officers', label: '执法人员', class: 'names' },
  { key: 'when', label: '起止', class: 'keep' },
  { key: 'case', label: '执法事项', class: 'keep' },
  { key: 'record', label: '应录已录' },
  { key: 'state', label: '状态', class: 'corner' },
]
