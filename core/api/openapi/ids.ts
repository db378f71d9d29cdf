/** Ids and digests of the examples; the same thing has the same id in all of them. */
export const IDS = {
  transferEntry: '6f1d2a9c04be4f7783d5e0a1b2c3d4e5',
  transfer: 'tr-6f1d2a9c04be4f7783d5e0a1b2c3d4e5',
  requestEntry: 'a41f6d2b8c0e4975b3d9e1f7a5c2b460',
  request: 'rq-a41f6d2b8c0e4975b3d9e1f7a5c2b460',
  onwardEntry: '0b7c5d3e9f1a4826bb60c4d2e8f7a913',
  onward: 'tr-0b7c5d3e9f1a4826bb60c4d2e8f7a913',
  eventEntry: '91c0a3b5d7e94f2a8c6e1d0b4f8a2c35',
  incidentEntry: '3e8a1c5b7d9f402486ac0e2d4f6b8193',
  incident: 'in-3e8a1c5b7d9f402486ac0e2d4f6b8193',
  traceEntry: 'c4d6e8f0a2b44c1e93577d9fb1a3c5e7',
  trace: 'tc-c4d6e8f0a2b44c1e93577d9fb1a3c5e7',
  file: '2a7d1f5e8c3b4096a1d4e7f0b2c5d8e9f1a3b6c8d0e2f4a5b7c9d1e3f5a7b9c0',
  fingerprint: '77b1c3d5e7f90a2b4c6d8e0f1a3b5c7d9e0f2a4b6c8d0e1f3a5b7c9d0e2f4a6b',
} as const;
