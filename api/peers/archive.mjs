// Serves the tiles of a PMTiles archive as one would with the format's own library:
// node archive.mjs ARCHIVE. Prints the port; each line on the standard input is
// answered by the microseconds of processor time used so far.
import { open } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { PMTiles } from 'pmtiles'

const path = process.argv[2]
const file = await open(path)
const archive = new PMTiles({
  getKey: () => path,
  async getBytes(offset, length) {
    const { buffer } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, offset)
    return { data: buffer.buffer }
  },
})

const server = createServer(async (request, response) => {
  const [z, x, y] = request.url.slice(1).split('.')[0].split('/').map(Number)
  const tile = await archive.getZxy(z, x, y)
  if (!tile) {
    response.writeHead(204).end()
    return
  }
  response.writeHead(200, { 'Content-Type': 'image/webp', 'Content-Length': tile.data.byteLength, 'Cache-Control': 'no-cache' })
  response.end(Buffer.from(tile.data))
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))

createInterface({ input: process.stdin })
  .on('line', () => {
    const { user, system } = process.cpuUsage()
    console.log(user + system)
  })
  .on('close', () => process.exit())
