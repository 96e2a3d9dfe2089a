/**
 * How times, lengths and sizes are written on a page: `2026-11-21 14:05`, `1 小时 12 分`, `3.4 GB`, `还剩 5 小时`.
 *
 * Between Chinese and digits stands a thin space. All times are shown in 北京时间, whatever the PC is set to.
 */
export const THIN = '\u2009'

const parts = new Intl.DateTimeFormat('zh-CN', {
  timeZone: 'Asia/Shanghai', hourCycle: 'h23',
  year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
})

type Time = string | number | Date
interface Pieces { year: string; month: string; day: string; hour: string; minute: string; second: string }

function pieces(time: Time): Pieces {
  const found = Object.fromEntries(parts.formatToParts(new Date(time)).map((p) => [p.type, p.value]))
  return found as unknown as Pieces
}

/** `2026-11-21 14:05`, or with seconds. */
export function moment(time: Time, seconds = false): string {
  const p = pieces(time)
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}${seconds ? `:${p.second}` : ''}`
}

/** `11-22 14:00`, with the year only when it is another one than now. */
export function shortMoment(time: Time, now: Time): string {
  const p = pieces(time)
  const year = p.year === pieces(now).year ? '' : `${p.year}-`
  return `${year}${p.month}-${p.day} ${p.hour}:${p.minute}`
}

export function clockTime(time: Time, seconds = false): string {
  const p = pieces(time)
  return `${p.hour}:${p.minute}${seconds ? `:${p.second}` : ''}`
}

/** `11-21 09:00 至 10:12`; both days are written when they differ. */
export function stretch(start: Time, end: Time | null, now: Time): string {
  const from = shortMoment(start, now)
  if (!end) return `${from}${THIN}起`
  const to = shortMoment(end, now)
  const [fromDay] = from.split(' ')
  const [toDay, toTime] = to.split(' ')
  return `${from}${THIN}至${THIN}${fromDay === toDay ? toTime : to}`
}

/** `1 小时 12 分`, `3 分 12 秒`, `45 秒`: the two largest units that matter. */
export function length(seconds: number): string {
  const whole = Math.round(Math.abs(seconds))
  const units: [number, string][] = [[86_400, '天'], [3_600, '小时'], [60, '分'], [1, '秒']]
  const first = units.findIndex(([size]) => whole >= size)
  if (first < 0) return `0${THIN}秒`
  const [size, name] = units[first]!
  const rest = whole % size
  const next = units[first + 1]
  const head = `${Math.floor(whole / size)}${THIN}${name}`
  const more = next ? Math.floor(rest / next[0]) : 0
  return next && more > 0 ? `${head}${THIN}${more}${THIN}${next[1]}` : head
}

/** Time left in one unit, rounded down so that it never promises too much: `还剩 5 小时`, `已超 2 天`. */
export function left(due: Time, now: Time): string {
  const seconds = Math.floor((+new Date(due) - +new Date(now)) / 1000)
  const span = Math.abs(seconds)
  const word = seconds >= 0 ? '还剩' : '已超'
  if (span < 60) return seconds >= 0 ? `还剩不到${THIN}1${THIN}分` : '刚刚超期'
  const [size, name] = span >= 2 * 86_400 ? [86_400, '天'] as const : span >= 3_600 ? [3_600, '小时'] as const : [60, '分'] as const
  return `${word}${THIN}${Math.floor(span / size)}${THIN}${name}`
}

export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) { value /= 1000; unit += 1 }
  const shown = unit === 0 || value >= 99.5 ? Math.round(value).toString() : value.toFixed(1)
  return `${shown}\u00a0${units[unit]}`
}

/** `1:02:03` or `02:03`, with tenths where a frame matters. */
export function position(seconds: number, tenths = false): string {
  const whole = Math.max(0, tenths ? Math.floor(seconds * 10) / 10 : Math.floor(seconds))
  const h = Math.floor(whole / 3600)
  const m = Math.floor((whole % 3600) / 60)
  const s = whole % 60
  const tail = `${String(m).padStart(2, '0')}:${(tenths ? s.toFixed(1) : String(s)).padStart(tenths ? 4 : 2, '0')}`
  return h > 0 ? `${h}:${tail}` : tail
}

/** `快 3 分 12 秒`, `慢 40 秒`, `准`. */
export function clockError(seconds: number | null): string {
  if (seconds === null) return '不明'
  if (Math.abs(seconds) < 1) return '准'
  return `${seconds > 0 ? '快' : '慢'}${THIN}${length(seconds)}`
}

/** 条号给人看的写法：同一条号印了两次的，写明是哪一处。 */
export function articleShown(article: string): string {
  return article.replace(/#(\d)/, (_, which: string) => `（第${'一二三四五六七八九'[Number(which) - 1] ?? which}处）`)
}
