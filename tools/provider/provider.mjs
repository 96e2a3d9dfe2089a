// An OpenID Connect provider on loopback for the tests: whoever names himself on its page is that person.
// Told by the environment: PORT, CLIENT, SECRET, RETURN, KEYS (a JWK set with private halves).
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const { PORT, CLIENT, SECRET, RETURN, KEYS } = process.env
const issuer = `http://127.0.0.1:${PORT}`
const provider = new Provider(issuer, {
  clients: [{
    client_id: CLIENT, client_secret: SECRET, redirect_uris: [RETURN], grant_types: ['authorization_code'], response_types: ['code'],
    id_token_signed_response_alg: 'ES256', token_endpoint_auth_method: 'client_secret_basic',
  }],
  jwks: JSON.parse(KEYS),
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['only-for-tests'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
})
createServer(provider.callback()).listen(Number(PORT), '127.0.0.1', () => console.log('ready'))
