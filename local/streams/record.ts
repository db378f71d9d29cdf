import type { AttributeValue, _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import type { JsonObject } from '../template/resolve.ts';

/** A stream record as Lambda hands it to a function: JSON, with binary values as base64. */
export interface LambdaRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventVersion: string;
  readonly eventSource: string;
  readonly awsRegion: string;
  readonly dynamodb: JsonObject & { readonly SequenceNumber: string };
  readonly eventSourceARN: string;
}

export function lambdaRecord(record: StreamRecord, eventSourceARN: string): LambdaRecord {
  const change = record.dynamodb ?? {};
  const seconds = (change.ApproximateCreationDateTime?.getTime() ?? Date.now()) / 1000;
  return {
    eventID: record.eventID ?? '',
    eventName: record.eventName ?? '',
    eventVersion: record.eventVersion ?? '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: record.awsRegion ?? '',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(seconds),
      ...image('Keys', change.Keys),
      ...image('NewImage', change.NewImage),
      ...image('OldImage', change.OldImage),
      SequenceNumber: change.SequenceNumber ?? '',
      SizeBytes: change.SizeBytes ?? 0,
      StreamViewType: change.StreamViewType ?? '',
    },
    eventSourceARN,
  };
}

const image = (name: string, attributes: Record<string, AttributeValue> | undefined): JsonObject =>
  attributes === undefined ? {} : { [name]: wireAttributes(attributes) };

const wireAttributes = (attributes: Record<string, AttributeValue>): JsonObject =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, wireValue(value)]));

/** An attribute value as JSON on the wire; the SDK's own form has bytes where the wire has base64. */
function wireValue(value: AttributeValue): JsonObject {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(wireValue) };
  if (value.M !== undefined) return { M: wireAttributes(value.M) };
  return value as unknown as JsonObject;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
