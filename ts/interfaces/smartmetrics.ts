/** The parts of SmartMetrics (`@push.rocks/smartmetrics`) that are used, typed structurally. */
export interface ISmartMetrics {
  getMetrics(): Promise<{
    readonly cpuPercentage?: number | undefined;
    readonly memoryPercentage?: number | undefined;
    readonly memoryUsageBytes?: number | undefined;
  }>;
}
