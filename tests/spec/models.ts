/** What TLC checks: the models, what must be true in each, and the mutant that each of it is there for. */

/** A specification with numbers small enough to look at every state. */
export interface Model {
  readonly name: string;
  readonly module: 'LevelCounts' | 'LevelRate';
  readonly constants: Readonly<Record<string, string>>;
  /** SPECIFICATION of the module; a fair one where something must come about. */
  readonly specification: 'Spec' | 'FairSpec';
  readonly invariants: readonly string[];
  readonly properties: readonly string[];
  /** By the property that fails for it. */
  readonly mutants: Readonly<Record<string, readonly string[]>>;
}

const counts = {
  ErrorsToDegrade: '2',
  ErrorsToMaintenance: '4',
  Needed: '2',
};

const NEVER_UNDER_COUNTS = {
  invariants: [
    'TypeOK',
    'CountedAtMostOnce',
    'AtMostTwoWrites',
    'AtMostThreeTries',
    'OneChangePerEpoch',
    'MarkedIsTold',
  ],
  properties: [
    'EvidenceInItsFence',
    'UnreadCountsNothing',
    'CountsAsItself',
    'NoEvidenceIsLost',
    'PinHolds',
    'EpochGrowsByOne',
    'EntryCounters',
    'OneLevelAtATime',
    'MovesHaveEvidence',
    'ClearHasEvidence',
    'ControlSeesItsRow',
    'MarkNeverGoesBack',
  ],
};

/**
 * All of them. A process that is killed is, for what must never be, one that takes no further step: so only
 * what is about the others after it has a budget of faults.
 */
export const MODELS: readonly Model[] = [
  {
    name: 'counts, outcomes among themselves',
    module: 'LevelCounts',
    specification: 'Spec',
    constants: { ...counts, Outcomes: '{a1, a2}', Faults: '0', Repeats: '1', Operations: '0' },
    ...NEVER_UNDER_COUNTS,
    mutants: {
      CountedAtMostOnce: ['RepeatsUnknown'],
      AtMostTwoWrites: ['RetryLoop'],
      OneChangePerEpoch: ['NoNewEpoch'],
      EvidenceInItsFence: ['NoEpochInFence'],
      UnreadCountsNothing: ['RecordsUnread'],
      CountsAsItself: ['ErrorKeepsStreak'],
      NoEvidenceIsLost: ['CapInObserve', 'ExpiredPinBlocks'],
      EpochGrowsByOne: ['NoEpochInMove'],
      EntryCounters: ['NoEntryConstants'],
      OneLevelAtATime: ['SkipsALevel'],
      MovesHaveEvidence: ['NoEvidenceInMove'],
      ClearHasEvidence: ['NoEvidenceInClear'],
    },
  },
  {
    name: 'counts, outcomes and an operator',
    module: 'LevelCounts',
    specification: 'Spec',
    constants: { ...counts, Outcomes: '{a1}', Faults: '1', Repeats: '0', Operations: '1' },
    ...NEVER_UNDER_COUNTS,
    mutants: {
      AtMostThreeTries: ['TriesForEver'],
      MarkedIsTold: ['MarksFirst', 'AddsOwnAlone'],
      EvidenceInItsFence: ['NoLevelInFence'],
      PinHolds: ['CountsWhilePinned'],
      EpochGrowsByOne: ['ResetDeletes'],
      ControlSeesItsRow: ['UnfencedControl'],
      MarkNeverGoesBack: ['MarkGoesBack'],
    },
  },
  {
    name: 'counts, what must come about',
    module: 'LevelCounts',
    specification: 'FairSpec',
    constants: { ...counts, Outcomes: '{a1}', Faults: '1', Repeats: '0', Operations: '0' },
    invariants: ['TypeOK'],
    properties: ['NothingStaysDue', 'MaintenanceEnds', 'PinsThatRanOutGo', 'EveryChangeIsTold'],
    mutants: {
      NothingStaysDue: ['TickNeverHeals'],
      MaintenanceEnds: ['TickNeverProbes'],
      PinsThatRanOutGo: ['TickKeepsPin'],
      EveryChangeIsTold: ['NeverTellsAgain'],
    },
  },
  {
    name: 'rate, what must never be',
    module: 'LevelRate',
    specification: 'Spec',
    constants: { Outcomes: '{a1, a2}', Lives: '2', Faults: '0', Controls: '1' },
    invariants: ['TypeOK'],
    properties: [
      'HealthWritesNothing',
      'FirstErrorOnlyWatches',
      'EvidenceInItsEpoch',
      'CanariesInTheirStep',
      'SettlesBeforeAVerdict',
      'FallsByARunThatIsThere',
      'ClimbsOverNoError',
      'StepsRestOnThemselves',
      'StepsBeginWithoutEvidence',
      'DwellsBeforeAClimb',
      'LevelOneByFreshEvidence',
      'LeavesMaintenanceByProbes',
      'LevelsBeginWithoutEvidence',
      'OneProbePerInterval',
      'OneLevelAtATime',
    ],
    mutants: {
      HealthWritesNothing: ['CountsUnwatched'],
      FirstErrorOnlyWatches: ['FirstErrorCounts'],
      EvidenceInItsEpoch: ['NoEpoch'],
      CanariesInTheirStep: ['NoStepInCanary'],
      SettlesBeforeAVerdict: ['NoSettle'],
      FallsByARunThatIsThere: ['NoRunInFall'],
      ClimbsOverNoError: ['NoErrorsInClimb'],
      StepsRestOnThemselves: ['NoStepInMove'],
      StepsBeginWithoutEvidence: ['StepKeepsCanaries'],
      DwellsBeforeAClimb: ['NoDwell'],
      LevelOneByFreshEvidence: ['FallKeepsRamp'],
      LeavesMaintenanceByProbes: ['NoProbesInMove'],
      LevelsBeginWithoutEvidence: ['FallKeepsRun'],
      OneProbePerInterval: ['NoTimeInClaim', 'ClaimsEarly'],
      OneLevelAtATime: ['SkipsALevel'],
    },
  },
  {
    name: 'rate, what must come about',
    module: 'LevelRate',
    specification: 'FairSpec',
    constants: { Outcomes: '{a1}', Lives: '1', Faults: '1', Controls: '0' },
    invariants: ['TypeOK'],
    properties: ['MaintenanceEnds', 'DegradedEnds', 'ServesInFullAgain', 'WatchesEnd'],
    mutants: {
      MaintenanceEnds: ['TickNeverProbes', 'ClaimsForEver'],
      DegradedEnds: ['TickNeverTries', 'BadStepsWait'],
      ServesInFullAgain: ['DwellsForEver'],
      WatchesEnd: ['WatchesForEver'],
    },
  },
];
