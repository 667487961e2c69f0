/** Whether bytes that are no file of an accepted format are one in base64, which a client forgot to decode or to declare. */
export function looksLikeBase64(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 256)).toString('latin1');
  return head.length >= 32 && /^(?:data:[\w/+.-]+;base64,)?[\w+/\r\n-]+={0,2}$/.test(head);
}
