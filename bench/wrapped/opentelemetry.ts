import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { createRequire } from 'node:module';

/** Without a reader the SDK records nothing. */
class IdleReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {
    // There is nowhere to flush to.
  }

  protected override async onShutdown(): Promise<void> {
    // Nor anything to shut down.
  }
}

/** Metrics of HTTP; of traces, those that nobody collects. */
export function instrumentHttp(): void {
  const instrumentation = new HttpInstrumentation();
  instrumentation.setMeterProvider(new MeterProvider({ readers: [new IdleReader()] }));
  instrumentation.enable();
  // It takes hold of a module when that is required.
  createRequire(import.meta.url)('http');
}
