/** Which tests may notice a change of a folder's files, by parts of their paths. */
export const TESTS_OF: Readonly<Record<string, readonly string[]>> = {
  proxy: ['test/proxy/', 'test/contract/test.plain', 'test/contract/test.embedded', 'test/property/', 'test/shared/'],
  dns: ['test/dns/front/', 'test/dns/test.metricsawaredns', 'test/dns/test.smartdns'],
  manager: ['test/manager/', 'test/stats/', 'test/property/', 'test/prometheus/test.fed'],
  prometheus: ['test/prometheus/'],
};

/** They take long, and find nothing that the others do not. */
export const NOT_RUN: readonly string[] = ['test.soak', 'test.dnsperf', 'test.setupsmartdns'];
