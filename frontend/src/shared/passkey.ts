/**
 * 通行密钥 in the browser: the server's question in, the key's answer out, bytes as base64url both ways.
 *
 * It decides nothing: which keys may answer stands in the question, and whether the answer holds is the server's to say.
 */
import { Fault } from '@/api/client'

type Json = Record<string, unknown>

export function bytesOf(text: string): ArrayBuffer {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(plain, (one) => one.charCodeAt(0)).buffer
}

export function textOf(bytes: ArrayBuffer): string {
  let plain = ''
  for (const one of new Uint8Array(bytes)) plain += String.fromCharCode(one)
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

interface Known { type: 'public-key'; id: string; transports?: AuthenticatorTransport[] }
const known = (list: unknown): PublicKeyCredentialDescriptor[] =>
  ((list ?? []) as Known[]).map((one) => ({ ...one, id: bytesOf(one.id) }))

export const canUseKeys = (): boolean => typeof window.PublicKeyCredential === 'function'

function fault(why: string, help: string): Fault {
  return new Fault({ status: 0, why, do: help, cite: null })
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!canUseKeys()) throw fault('这个浏览器或者这个地址不能用通行密钥', '请换用新版浏览器，从带主机名的 https 地址打开；或者改用动态码。')
  try {
    const found = await ask()
    if (found) return found as PublicKeyCredential
  } catch (error) {
    if (error instanceof DOMException && error.name === 'InvalidStateError') throw fault('这把通行密钥已经登记过', '请换一把，或者直接使用它登录。')
  }
  throw fault('没有用成通行密钥', '可能取消了，或者等得太久；请重试，或者改用别的办法。')
}

/** A new pair of keys, as the server asked for it. */
export async function madeKey(options: Json): Promise<Json> {
  const user = options.user as Json
  const made = await asked(() => navigator.credentials.create({
    publicKey: {
      ...options, challenge: bytesOf(String(options.challenge)), user: { ...user, id: bytesOf(String(user.id)) },
      excludeCredentials: known(options.excludeCredentials), timeout: 120_000,
    } as unknown as PublicKeyCredentialCreationOptions,
  }))
  const said = made.response as AuthenticatorAttestationResponse
  return { rawId: textOf(made.rawId), response: { clientDataJSON: textOf(said.clientDataJSON), attestationObject: textOf(said.attestationObject) } }
}

/** The answer of one of the person's keys. */
export async function keyAnswer(options: Json): Promise<Json> {
  const used = await asked(() => navigator.credentials.get({
    publicKey: {
      ...options, challenge: bytesOf(String(options.challenge)), allowCredentials: known(options.allowCredentials), timeout: 120_000,
    } as unknown as PublicKeyCredentialRequestOptions,
  }))
  const said = used.response as AuthenticatorAssertionResponse
  return {
    rawId: textOf(used.rawId),
    response: {
      clientDataJSON: textOf(said.clientDataJSON), authenticatorData: textOf(said.authenticatorData), signature: textOf(said.signature),
      ...(said.userHandle ? { userHandle: textOf(said.userHandle) } : {}),
    },
  }
}
