/** Sends the spans of a process to Azure Application Insights (APPLICATIONINSIGHTS_CONNECTION_STRING). */
import { useAzureMonitor } from '@azure/monitor-opentelemetry';

const off = { enabled: false };

useAzureMonitor({
  // Every request: the default is five traces a second.
  tracesPerSecond: 0,
  samplingRatio: 1,
  enableLiveMetrics: false,
  enableStandardMetrics: false,
  enablePerformanceCounters: false,
  // The service makes its own spans, with its own names.
  instrumentationOptions: {
    http: off,
    azureSdk: off,
    mongoDb: off,
    mySql: off,
    postgreSql: off,
    redis: off,
  },
});
