/** The actions of KMS on a key, and of S3 on a bucket and an object, that matter for who may use or harm them. */
export const ON_KEY: readonly string[] = [
  'CreateGrant',
  'Decrypt',
  'DeleteImportedKeyMaterial',
  'DisableKey',
  'Encrypt',
  'GenerateDataKey',
  'GenerateMac',
  'GetPublicKey',
  'PutKeyPolicy',
  'ReplicateKey',
  'ScheduleKeyDeletion',
  'Sign',
  'Verify',
  'VerifyMac',
];

export const ON_BUCKET: readonly string[] = [
  'DeleteBucket',
  'DeleteBucketPolicy',
  'ListBucket',
  'ListBucketVersions',
  'PutBucketObjectLockConfiguration',
  'PutBucketPolicy',
  'PutBucketVersioning',
  'PutLifecycleConfiguration',
];

export const ON_OBJECT: readonly string[] = [
  'BypassGovernanceRetention',
  'DeleteObject',
  'DeleteObjectVersion',
  'GetObject',
  'PutObject',
  'PutObjectLegalHold',
  'PutObjectRetention',
];
