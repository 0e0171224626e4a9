/** What packs and unpacks the records of a batch. */
export interface Codec {
  compress(records: Uint8Array): Promise<Uint8Array>
  decompress(packed: Buffer): Promise<Buffer>
}
