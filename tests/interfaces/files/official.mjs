// The official JavaScript client against a house: HOUSE is the address, TOKEN a station's, CONTENT the file. Says as JSON what became of each way.
import { createReadStream, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const tus = createRequire(`${process.env.PAGES}/package.json`)('tus-js-client')
const endpoint = `${process.env.HOUSE}/files/`
const headers = { Authorization: `Bearer ${process.env.TOKEN}` }
const content = readFileSync(process.env.CONTENT)
const shared = { endpoint, headers, retryDelays: [100, 500], metadata: { filename: 'clip.mp4', nonlatin: '录像' } }

const sent = (file, options, begun = () => {}) => new Promise((resolve, reject) => {
  const upload = new tus.Upload(file, { ...shared, ...options, onSuccess: () => resolve(upload.url), onError: reject })
  begun(upload)
  upload.start()
})

const stopped = () => new Promise((resolve, reject) => {
  const upload = new tus.Upload(content, {
    ...shared, chunkSize: 100_000, onError: reject,
    onChunkComplete: (_size, accepted) => { if (accepted >= 300_000) upload.abort().then(() => resolve(upload.url)) },
  })
  upload.start()
})

const terminated = async () => {
  const url = await stopped()
  await tus.Upload.terminate(url, shared)
  return (await fetch(url, { method: 'HEAD', headers: { ...headers, 'Tus-Resumable': '1.0.0' } })).status
}

console.log(JSON.stringify({
  plain: await sent(content, {}),
  pieces: await sent(content, { chunkSize: 170_000 }),
  creation: await sent(content, { uploadDataDuringCreation: true }),
  creation_in_pieces: await sent(content, { uploadDataDuringCreation: true, chunkSize: 400_000 }),
  deferred: await sent(createReadStream(process.env.CONTENT), { uploadLengthDeferred: true, chunkSize: 4_000_000 }),
  parallel: await sent(content, { parallelUploads: 4, chunkSize: 150_000 }),
  parallel_tiny: await sent(content.subarray(0, 3), { parallelUploads: 4 }),
  override: await sent(content, { overridePatchMethod: true, chunkSize: 500_000 }),
  resumed: await sent(content, { uploadUrl: await stopped() }),
  terminated: await terminated(),
}))
