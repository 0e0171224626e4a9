import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate and its key. */
export interface Certificate {
  /** PEM of the certificate. */
  readonly cert: string
  /** PEM of the private key (PKCS #8). */
  readonly key: string
}

/** Whom a certificate is for, and who vouches for it. */
export interface CertificateRequest {
  readonly commonName: string
  /** Names and IPv4 addresses of a server. @default none */
  readonly hosts?: readonly string[]
  /** @default true: valid for ten days from yesterday; false: it ended yesterday */
  readonly isValid?: boolean
}

const dayMs = 86_400_000
const ecdsaWithSha256 = sequence(objectId([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]))

/** Signs certificates for tests (X.509 v3, P-256), without any tool. */
export class CertificateAuthority {
  /** PEM by which clients and brokers know what it has signed. */
  readonly cert: string
  readonly #name: string
  readonly #key: KeyObject

  constructor(name: string) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#name = name
    this.#key = privateKey
    const basicConstraints = extension([0x55, 0x1d, 0x13], sequence(Buffer.from([0x01, 0x01, 0xff])))
    this.cert = this.#sign({ commonName: name }, publicKey, [basicConstraints])
  }

  issue(request: CertificateRequest): Certificate {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const names = (request.hosts ?? []).map((host) =>
      /^[\d.]+$/.test(host) ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host)),
    )
    const extensions = names.length === 0 ? [] : [extension([0x55, 0x1d, 0x11], sequence(...names))]
    const cert = this.#sign(request, publicKey, extensions)
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
  }

  #sign(
    { commonName, isValid = true }: CertificateRequest,
    publicKey: KeyObject,
    extensions: readonly Buffer[],
  ): string {
    const today = Date.now()
    const from = isValid ? today - dayMs : today - 10 * dayMs
    const until = isValid ? today + 10 * dayMs : today - dayMs
    const toBeSigned = sequence(
      tagged(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ecdsaWithSha256,
      distinguishedName(this.#name),
      sequence(utcTime(from), utcTime(until)),
      distinguishedName(commonName),
      publicKey.export({ type: 'spki', format: 'der' }),
      ...(extensions.length === 0 ? [] : [tagged(0xa3, sequence(...extensions))]),
    )
    const signature = sign('sha256', toBeSigned, this.#key)
    const der = sequence(toBeSigned, ecdsaWithSha256, tagged(0x03, Buffer.concat([Buffer.alloc(1), signature])))
    const lines = der.toString('base64').match(/.{1,64}/g) as string[]
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
  }
}

/** ASN.1 in its distinguished encoding: tag, length, content. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  // The shortest form is the only one: Java verifies what it has encoded again.
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes)
}

function objectId(bytes: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from(bytes))
}

function distinguishedName(commonName: string): Buffer {
  const attribute = sequence(objectId([0x55, 0x04, 0x03]), tagged(0x0c, Buffer.from(commonName)))
  return sequence(tagged(0x31, attribute))
}

function utcTime(timeMs: number): Buffer {
  const digits = new Date(timeMs).toISOString().replace(/\D/g, '').slice(2, 14)
  return tagged(0x17, Buffer.from(`${digits}Z`))
}

function extension(id: readonly number[], content: Buffer): Buffer {
  return sequence(objectId(id), tagged(0x04, content))
}
