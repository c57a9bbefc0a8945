/** Every metric: its namespace, its dimensions beside Stage, and its unit. The alarms are made from the same table. */

/** What is published together. */
export const METRICS = {
  /** By every face, for every request that it ends. */
  Service: {
    namespace: 'CircuitBreaker/Service',
    dimensions: ['Scope', 'Level'],
    units: { Success: 'Count', Error: 'Count', Slow: 'Count', ResponseTime: 'Milliseconds' },
  },
  /** By whoever moves the level: the mutator, its tick, the control plane. */
  Controller: {
    namespace: 'CircuitBreaker/Controller',
    dimensions: ['Scope'],
    units: {
      Invocation: 'Count',
      CurrentLevel: 'None',
      FailureCount: 'Count',
      SuccessCount: 'Count',
      ResponseTime: 'Milliseconds',
      /** Where a rate is judged: what the window holds, and which share of what happens is counted. */
      WindowRequests: 'Count',
      WindowErrorRate: 'Percent',
      SampleOneIn: 'None',
      /** Where it is learned: what is ordinary, and what level 1 falls from by it. */
      OrdinaryErrorRate: 'Percent',
      ThresholdErrorRate: 'Percent',
      /** Below level 1: what the way up waits for. */
      DwellLeft: 'Milliseconds',
      RampStep: 'None',
      RampShare: 'Percent',
      ProbeInterval: 'Milliseconds',
      NextProbe: 'Milliseconds',
      AnnounceFailed: 'Count',
      LevelChanged: 'Count',
      MutatorFailed: 'Count',
      PolicyIgnored: 'Count',
      ProbeResult: 'Count',
      ReplicaBehind: 'Count',
      RequestShed: 'Count',
      StaleOutcome: 'Count',
      StateReadFailed: 'Count',
    },
  },
  /** By the alarm processor, once for each batch. */
  AlarmProcessor: {
    namespace: 'CircuitBreaker/AlarmProcessor',
    dimensions: [],
    units: {
      RecordsProcessed: 'Count',
      ProcessingErrors: 'Count',
      FailureAlarmProcessed: 'Count',
      RecoveryAlarmProcessed: 'Count',
      AlarmIgnored: 'Count',
    },
  },
} as const;

/** The name of a set of metrics that are published together. */
export type MetricSet = keyof typeof METRICS;

/** What a set is told apart by, besides the stage: a value for each of its dimensions. */
export type DimensionsOf<Set extends MetricSet> = Readonly<
  Record<(typeof METRICS)[Set]['dimensions'][number], string>
>;

/** Some metrics of a set, by name; 0 where an average is wanted. */
export type ValuesOf<Set extends MetricSet> = Readonly<
  Partial<Record<keyof (typeof METRICS)[Set]['units'], number>>
>;
