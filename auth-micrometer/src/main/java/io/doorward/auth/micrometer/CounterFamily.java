package io.doorward.auth.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * The counters of one name.
 *
 * @param name of all of them
 * @param unit what is counted; the last word of the name
 * @param description for operators
 */
record CounterFamily(String name, String unit, String description) {
  static final CounterFamily EVENTS =
      new CounterFamily("doorward.events", "events", "Events, by type and level");

  static final CounterFamily LOGINS =
      new CounterFamily("doorward.logins", "logins", "Logins, by how they were answered and why");

  static final CounterFamily THROTTLED =
      new CounterFamily(
          "doorward.throttled.attempts", "attempts", "Attempts over budget, by whose budget");

  static final CounterFamily SPENT_BUDGETS =
      new CounterFamily(
          "doorward.spent.budgets", "budgets", "Budgets of attempts that failures have spent");

  static final CounterFamily REFUSED_TOKENS =
      new CounterFamily("doorward.refused.tokens", "tokens", "Tokens that were not accepted");

  static final CounterFamily REFUSED_REFRESHES =
      new CounterFamily(
          "doorward.refused.refreshes", "refreshes", "Refresh tokens that were not accepted");

  static final CounterFamily REFUSED_REQUESTS =
      new CounterFamily(
          "doorward.refused.requests", "requests", "Requests that the web layer refused");

  static final CounterFamily CHANGES =
      new CounterFamily(
          "doorward.changes", "changes", "Committed changes, by whether caches were told at once");

  static final CounterFamily REFUSED_CHANGES =
      new CounterFamily("doorward.refused.changes", "changes", "Changes that were refused");

  static final CounterFamily ENDED_SESSIONS =
      new CounterFamily("doorward.ended.sessions", "sessions", "Sessions that were ended");

  static final CounterFamily SKIPPED_FILLS =
      new CounterFamily(
          "doorward.skipped.fills", "fills", "Credentials that were not put into the cache");

  static final CounterFamily REJECTED_VALUES =
      new CounterFamily(
          "doorward.rejected.sealed.values", "values", "Values in Redis that did not open");

  static final CounterFamily FAILURES =
      new CounterFamily(
          "doorward.backend.failures", "failures", "Calls that a backend could not answer");

  static final CounterFamily LOST =
      new CounterFamily(
          "doorward.lost.backends", "backends", "Servers whose circuit breaker opened");

  static final CounterFamily FINDINGS =
      new CounterFamily(
          "doorward.config.findings", "findings", "What looks at servers' settings found");

  static final CounterFamily RELAYED =
      new CounterFamily(
          "doorward.relayed.invalidations", "invalidations", "Invalidations that a relay took up");

  static final CounterFamily CLEANED =
      new CounterFamily("doorward.cleaned.rows", "rows", "Old rows that were deleted");

  static final CounterFamily PRIMARIES =
      new CounterFamily("doorward.met.primaries", "primaries", "Redis primaries new to this node");

  static final CounterFamily DRIFTED =
      new CounterFamily(
          "doorward.drifted.values",
          "values",
          "Cached values that a cache check found to be wrong");

  /** Returns the counter with these tags, registered. */
  Counter of(MeterRegistry registry, String... tags) {
    return Counter.builder(name)
        .description(description)
        .baseUnit(unit)
        .tags(tags)
        .register(registry);
  }
}
